import { positionOf } from '@cablehub/events';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JetStreamManager, StreamConfig } from 'nats';
import type { NatsLink } from './connection.ts';
import { jetStreamLog } from './jetstream-log.ts';
import { all, team } from './log.fixture.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { ensureStorage, storageReady } from './storage.ts';

const names = [
  'DELIVERIES',
  'EVENTS',
  'KV_checkpoints',
  'KV_claims',
  'KV_counters',
  'KV_keys',
  'KV_leases',
  'KV_recoveries',
  'KV_tokens',
  'OBJ_attachments',
  'OBJ_snapshots',
];

describe('storage', () => {
  let nats: NatsFixture;
  let link: NatsLink;
  let manager: JetStreamManager;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
    manager = await link.connection.jetstreamManager();
  });
  afterAll(async () => nats.close());
  beforeEach(async () => {
    for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
  });

  const streams = async (): Promise<readonly StreamConfig[]> =>
    (await manager.streams.list().next())
      .map(({ config }) => config)
      .sort((one, other) => one.name.localeCompare(other.name));
  const configOf = async (name: string): Promise<StreamConfig> => (await manager.streams.info(name)).config;

  it('is made of the streams and buckets of the hub, on disk', async () => {
    await ensureStorage(link);
    const made = await streams();
    expect(made.map(({ name }) => name)).toEqual(names);
    expect(new Set(made.map(({ storage }) => storage))).toEqual(new Set(['file']));
    expect(await configOf('DELIVERIES')).toMatchObject({ max_age: 3_600_000_000_000, max_bytes: 1_073_741_824 });
  });

  it('stays as it is when it is ensured again', async () => {
    await ensureStorage(link);
    await jetStreamLog(link).append([{ event: team(1) }]);
    const made = await streams();
    await ensureStorage(link);
    expect(await streams()).toEqual(made);
    expect(await all(jetStreamLog(link))).toHaveLength(1);
  });

  it('is not touched when nothing differs', async () => {
    await ensureStorage(link);
    const asked: string[] = [];
    const listening = link.connection.subscribe('$JS.API.STREAM.>', {
      callback: (_, { subject }) => asked.push(subject),
    });
    await link.connection.flush();
    await ensureStorage(link);
    await link.connection.flush();
    listening.unsubscribe();
    expect(asked.filter((subject) => !subject.startsWith('$JS.API.STREAM.INFO.'))).toEqual([]);
  });

  it('can be ensured by several apps at the same time', async () => {
    const links = await Promise.all([1, 2, 3, 4].map(() => nats.link()));
    await Promise.all(links.map((one) => ensureStorage(one)));
    expect((await streams()).map(({ name }) => name)).toEqual(names);
  });

  it('is brought up to date when a setting has changed', async () => {
    await ensureStorage(link);
    await ensureStorage(link, { resumeWindowMs: 60_000, deliveriesMaxBytes: 1_000_000 });
    expect(await configOf('DELIVERIES')).toMatchObject({
      max_age: 60_000_000_000,
      max_bytes: 1_000_000,
      duplicate_window: 60_000_000_000,
    });
  });

  it('stays as it was chosen when nothing is chosen later', async () => {
    await ensureStorage(link, { resumeWindowMs: 60_000, deliveriesMaxBytes: 1_000_000 });
    const chosen = await streams();
    await ensureStorage(link);
    expect(await streams()).toEqual(chosen);
  });

  it('cannot be kept by more servers than there are, and says so', async () => {
    await ensureStorage(link);
    const asked = ensureStorage(link, { replicas: 3 });
    await expect(asked).rejects.toMatchObject({ code: 'nats_unavailable' });
    await expect(asked).rejects.toThrow('cannot be set up: ');
  });

  it('is waited for by an app, which says once what is missing', async () => {
    const said: string[] = [];
    let isReady = false;
    const waiting = storageReady(link, 'gateway', (reason) => said.push(reason)).then(() => (isReady = true));
    await vi.waitFor(() => expect(said).toHaveLength(1), 10_000);
    expect(said[0]).toContain('run hub set-up');
    expect(isReady).toBe(false);
    await ensureStorage(link);
    await waiting;
    expect(said).toHaveLength(1);
  });

  it('is no reason to wait when there is what an app works with, whatever else there is not', async () => {
    await ensureStorage(link);
    await manager.streams.delete('DELIVERIES');
    await storageReady(link, 'api', expect.fail);
  });

  it('is not waited for when a stream is not ours', async () => {
    await manager.streams.add({ name: 'EVENTS', subjects: ['orders.>'] });
    await expect(storageReady(link, 'api', expect.fail)).rejects.toMatchObject({ code: 'stream_not_recognised' });
  });

  it.each([
    { name: 'EVENTS', subjects: ['orders.>'] },
    { name: 'EVENTS', subjects: ['events.>'], description: 'somebody else’s' },
  ])('leaves a stream alone that it did not make: %o', async (foreign) => {
    await manager.streams.add(foreign);
    const before = await configOf('EVENTS');
    await expect(ensureStorage(link)).rejects.toMatchObject({ code: 'stream_not_recognised' });
    expect(await configOf('EVENTS')).toEqual(before);
  });

  it('denies the deletion of events', async () => {
    await ensureStorage(link);
    const log = jetStreamLog(link);
    await log.append([{ event: team(1) }]);
    await expect(manager.streams.purge('EVENTS')).rejects.toThrow();
    await expect(manager.streams.deleteMessage('EVENTS', 1)).rejects.toThrow();
    expect(await log.lastPosition()).toBe(positionOf(1));
    expect(await all(log)).toHaveLength(1);
  });
});
