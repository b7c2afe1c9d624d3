import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf, type AccountId } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jetStreamAttachments } from './attachments-jetstream.ts';
import { jetStreamCheckpoints } from './checkpoints.ts';
import { claimKey } from './claims.ts';
import { jetStreamClaims } from './claims-jetstream.ts';
import { connectNats, type NatsLink } from './connection.ts';
import { jetStreamCounters } from './counters-jetstream.ts';
import { jetStreamDeliveries } from './deliveries.ts';
import { everyone, type HeardDelivery } from './delivery.ts';
import { makeKeys, startGuardedNats, type GuardedNats } from './guarded-nats.fixture.ts';
import { jetStreamLog } from './jetstream-log.ts';
import { requestLease } from './lease.ts';
import { all, team } from './log.fixture.ts';
import { logState, readRaw } from './raw-events.ts';
import { jetStreamRecoveries } from './recoveries.ts';
import type { Role } from './rights.ts';
import { attachmentsKey } from './signing-key.ts';
import { natsSignals, type Beat, type ReplaySignal } from './signals.ts';
import { jetStreamSnapshots } from './snapshots-jetstream.ts';
import { ensureStorage, storageReady } from './storage.ts';
import { jetStreamTokens } from './tokens.ts';

const account = 7 as AccountId;

let folder: string;
let nats: GuardedNats;
let files: Readonly<Record<Role, string>>;
const links: NatsLink[] = [];

const as = async (role: Role): Promise<NatsLink> => {
  const link = await connectNats({ url: nats.url, name: `cablehub-${role}`, credentialsFile: files[role] });
  links.push(link);
  return link;
};
/** Nothing that was done until now was refused. */
const allowed = async (link: NatsLink): Promise<void> => {
  await link.connection.flush();
  expect(nats.refusals()).toEqual([]);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rights-'));
  files = makeKeys(folder);
  nats = await startGuardedNats(folder);
  await ensureStorage(await as('admin'));
});
afterAll(async () => {
  await Promise.all(links.map((link) => link.connection.close()));
  await nats.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('the rights of', () => {
  it('the api are enough to append and to read, to tell who types and to ask who is present', async () => {
    const [api, presence] = [await as('api'), await as('presence')];
    await storageReady(api, 'api', expect.fail);
    expect(await jetStreamLog(api).append([{ event: team(1) }])).toMatchObject([{ ok: true }]);
    await natsSignals(presence).answerPresence(() => ({ users: {}, contacts: {} }));
    expect(await natsSignals(api).askPresence(account)).toEqual({ users: {}, contacts: {} });
    expect((await all(jetStreamLog(api))).length).toBeGreaterThan(0);
    await allowed(api);
    await allowed(presence);
  });

  it('the api are enough to give ids and to claim names', async () => {
    const api = await as('api');
    expect(await (await jetStreamCounters(api)).take('message', 2)).toBe(1);
    const claims = await jetStreamClaims(api);
    const key = claimKey(account, 'email', 'jane@example.com');
    const first = await claims.claim(key, 1);
    const held = await claims.get(key);
    expect(held).toEqual(first.claim);
    expect(await claims.takeOver(key, 2, held!)).toMatchObject({ ok: true });
    expect(await claims.release(key, (await claims.get(key))!)).toBe(true);
    await allowed(api);
  });

  it('the api are enough to keep attachments, to read and remove them, and to sign for them', async () => {
    const api = await as('api');
    const attachments = await jetStreamAttachments(api);
    const bytes = async function* () {
      yield new Uint8Array(300_000);
    };
    const file = { key: 'key', name: 'a.txt', contentType: 'text/plain', maxBytes: 300_000, bytes: bytes() };
    expect(await attachments.put(file)).toEqual({ ok: true, sizeBytes: 300_000 });
    let read = 0;
    for await (const chunk of (await attachments.get('key'))!.read()) read += chunk.length;
    expect(read).toBe(300_000);
    const [listed] = await attachments.list();
    expect([listed?.key, await listed?.lastKeptAt()]).toEqual(['key', expect.any(Number)]);
    await attachments.delete('key');
    expect(await attachments.get('key')).toBeNull();
    const key = await attachmentsKey(api);
    expect(Buffer.from(await attachmentsKey(api)).equals(key)).toBe(true);
    await allowed(api);
  });

  it('the projector are enough to fold the log, to tell it, and to keep what it needs', async () => {
    const link = await as('projector');
    await storageReady(link, 'projector', expect.fail);
    expect((await all(jetStreamLog(link))).length).toBeGreaterThan(0);
    const deliveries = jetStreamDeliveries(link);
    await deliveries.publish([
      {
        kind: 'frame',
        accountId: account,
        lane: 'agents',
        audience: everyone,
        payload: bytes,
        position: positionOf(1),
      },
    ]);
    deliveries.send({ accountId: account, lane: 'contact.3', payload: bytes });
    const stored: unknown[] = [];
    for await (const one of deliveries.published(0)) stored.push(one);
    expect(stored).toHaveLength(1);
    const tokens = await jetStreamTokens(link);
    await tokens.put('key', { kind: 'agent', accountId: account, userId: 1 as never });
    expect(await tokens.get('key')).toMatchObject({ kind: 'agent' });
    const checkpoints = await jetStreamCheckpoints(link, 'projector.0-63');
    await checkpoints.put(positionOf(1));
    expect(await checkpoints.get()).toBe(1);
    expect((await checkpoints.all()).size).toBe(1);
    const lease = await requestLease(link, { role: 'projector.0-63', holder: 'spec' });
    expect(lease.isHeld()).toBe(true);
    await lease.release();
    await natsSignals(link).hearTyping(() => undefined);
    await allowed(link);
  });

  it('the projector are enough to keep snapshots, to fetch them and to remove the oldest', async () => {
    const link = await as('projector');
    const snapshots = await jetStreamSnapshots(link, { cutOffMs: 0 });
    const file = join(folder, 'views');
    writeFileSync(file, 'x'.repeat(300_000));
    for (const position of [1, 2, 3, 4]) await snapshots.put(file, { position: positionOf(position), viewsVersion: 1 });
    const [newest, ...others] = await snapshots.list();
    expect(others).toHaveLength(2);
    expect(await snapshots.fetch(newest!, join(folder, 'fetched'))).toEqual({ ok: true });
    await allowed(link);
    const api = await as('api');
    expect(await (await jetStreamSnapshots(api)).fetch(newest!, join(folder, 'for-the-api'))).toEqual({ ok: true });
    await allowed(api);
  });

  it('presence are enough to hear beats, to follow agents, to append what becomes of them and to tell', async () => {
    const [presence, gateway] = [await as('presence'), await as('gateway')];
    await storageReady(presence, 'presence', expect.fail);
    const beats: Beat[] = [];
    await natsSignals(presence).hearBeats((_account, beat) => beats.push(beat));
    natsSignals(gateway).sendBeat(account, { kind: 'digest', gateway: 'g', members: [] });
    await vi.waitFor(() => expect(beats).toHaveLength(1), 10_000);
    const log = jetStreamLog(presence);
    const event = newEvent('agent.availability_changed', { user_id: 1, availability: 'busy' });
    expect(await log.append([{ event }])).toMatchObject([{ ok: true }]);
    const agents = await all(log, { filter: { entity: 'agent' } });
    expect(agents.map(({ type }) => type)).toContain('agent.availability_changed');
    jetStreamDeliveries(presence).send({ accountId: account, lane: 'contacts', payload: bytes });
    const lease = await requestLease(presence, { role: 'presence', holder: 'spec' });
    expect(lease.isHeld()).toBe(true);
    await lease.release();
    await allowed(presence);
    await allowed(gateway);
  });

  it('the gateway are enough to hear lanes, to read them back, to know tokens and to remember sockets', async () => {
    const [gateway, projector] = [await as('gateway'), await as('projector')];
    await storageReady(gateway, 'gateway', expect.fail);
    const deliveries = jetStreamDeliveries(gateway);
    const heard: HeardDelivery[] = [];
    await deliveries.hear(account, 'agents', (delivery) => heard.push(delivery));
    await jetStreamDeliveries(projector).publish([
      {
        kind: 'frame',
        accountId: account,
        lane: 'agents',
        audience: everyone,
        payload: bytes,
        position: positionOf(9),
      },
    ]);
    await vi.waitFor(() => expect(heard).toHaveLength(1), 10_000);
    const { epoch } = await deliveries.tail();
    expect(await deliveries.read({ accountId: account, lane: 'agents', epoch, start: { after: 0 } })).toMatchObject({
      ok: true,
    });
    expect(await (await jetStreamTokens(gateway)).get('key')).toMatchObject({ kind: 'agent' });
    const recoveries = await jetStreamRecoveries(gateway);
    const change = () =>
      recoveries.change('identifier', () => ({ memory: { epoch: 'e', sockets: [] }, result: 'done' }));
    expect([await change(), await change()]).toEqual(['done', 'done']);
    await recoveries.sayFloor('g', { offset: 1, at: 1 });
    const other = await jetStreamRecoveries(gateway);
    await vi.waitFor(() => expect(other.floors.size).toBe(1), 10_000);
    for (const one of [recoveries, other]) one.stop();
    await allowed(gateway);
  });

  it('the operator and the projector are enough to say how far a replay is, and the api to hear it', async () => {
    const [api, operator, projector] = [await as('api'), await as('operator'), await as('projector')];
    const heard: ReplaySignal[] = [];
    await natsSignals(api).hearReplays((signal) => heard.push(signal));
    const replay = { id: randomUUID(), partitions: '0-63', state: 'running', from: 0, position: 1, upTo: 2 } as const;
    natsSignals(operator).sendReplay({ ...replay, by: 'replay', elapsedMs: 5 });
    natsSignals(projector).sendReplay({ ...replay, by: 'projector', elapsedMs: 5 });
    await vi.waitFor(() => expect(heard.map(({ by }) => by).toSorted()).toEqual(['projector', 'replay']), 10_000);
    for (const link of [api, operator, projector]) await allowed(link);
  });

  it('the operator are enough to read the log', async () => {
    const link = await as('operator');
    expect((await all(jetStreamLog(link))).length).toBeGreaterThan(0);
    const raw: unknown[] = [];
    for await (const event of readRaw(link, positionOf(0))) raw.push(event);
    expect((await logState(link)).lastPosition).toBe(raw.length);
    expect(await (await jetStreamCheckpoints(link, 'projector.0-63')).get()).toBe(1);
    await allowed(link);
  });
});

const bytes = new TextEncoder().encode('{}');
