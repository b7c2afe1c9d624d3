import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitionOf, isEventType, positionOf, type AccountId } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import {
  appendRaw,
  jetStreamDeliveries,
  jetStreamLog,
  jetStreamSnapshots,
  type HeardDelivery,
  type NatsLink,
} from '@cablehub/log';
import { natsFixture, type NatsFixture } from '@cablehub/log/testing';
import { createLogger, createMetrics, readSettings, type Registry, type RunningApp } from '@cablehub/process';
import {
  checksumsOf,
  offerViews,
  readSqliteViews,
  replay,
  sealViews,
  sqliteViews,
  stateOf,
  viewFilesIn,
  type ViewFiles,
} from '@cablehub/projector';
import { changeViewsVersion } from '@cablehub/projector/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProjector } from './projector.ts';
import { projectorSettings } from './settings.ts';

const account = 1 as AccountId;
const story = readFileSync(new URL('../../../examples/onehash.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const { id, type, time, data } = JSON.parse(line) as { id: string; type: string; time: string; data: unknown };
    if (!isEventType(type)) throw new Error(type);
    return newEvent(type, definitionOf(type).data.parse(data) as never, { id, time });
  });
const half = 20;
const limit = { timeout: 15_000 };

describe('the projector’s views', () => {
  let nats: NatsFixture;
  let link: NatsLink;
  let folder: string;
  let apps: RunningApp[];
  let metrics: Registry;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
  });
  afterAll(async () => nats.close());
  beforeEach(async () => {
    await nats.clear(link);
    folder = mkdtempSync(join(tmpdir(), 'projector-'));
    apps = [];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  const filesOf = (replica: string): ViewFiles => viewFilesIn(join(folder, replica, 'projector'));
  const start = async (replica: string, more: Record<string, string> = {}): Promise<RunningApp> => {
    const environment = { NATS_URL: nats.server().url, DATA_DIR: join(folder, replica), ...more };
    metrics = createMetrics();
    const logger = createLogger({ app: 'projector', level: 'silent' });
    const app = await startProjector(readSettings(projectorSettings, environment), { logger, metrics });
    apps.push(app);
    return app;
  };
  const stop = async (app: RunningApp): Promise<void> => {
    apps = apps.filter((one) => one !== app);
    await app.stop();
  };
  const append = (events: typeof story) => jetStreamLog(link).append(events.map((event) => ({ event })));
  const until = (replica: string, position: number): Promise<void> =>
    vi.waitFor(() => expect(stateOf(filesOf(replica).live)).toMatchObject({ position, version: 1 }), limit);
  const metric = async (line: string): Promise<void> =>
    vi.waitFor(async () => expect(await metrics.metrics()).toContain(line), limit);
  const hear = async (): Promise<HeardDelivery[]> => {
    const heard: HeardDelivery[] = [];
    await jetStreamDeliveries(link).hear(account, 'agents', (delivery) => heard.push(delivery));
    return heard;
  };
  /** A hub whose projector has taken a snapshot of half of the story, and gone on with the rest. */
  const snapshotAtHalf = async (): Promise<void> => {
    const app = await start('first', { SNAPSHOT_EVENTS: '10' });
    await append(story.slice(0, 1));
    await until('first', 1);
    await append(story.slice(1, half));
    await until('first', half);
    await vi.waitFor(
      async () => expect((await (await jetStreamSnapshots(link)).list())[0]?.position).toBeGreaterThan(10),
      limit,
    );
    await stop(app);
    const rest = await start('first', { SNAPSHOT_EVENTS: '0' });
    await append(story.slice(half));
    await until('first', story.length);
    await stop(rest);
  };

  it('are kept as snapshots while it works, from which a new replica starts, and nobody is told twice', async () => {
    await snapshotAtHalf();
    const heard = await hear();
    await start('second', { SNAPSHOT_EVENTS: '10' });
    await metric('cablehub_projector_snapshots_total{outcome="restored"} 1');
    await until('second', story.length);
    expect(checksumsOf(filesOf('second').live)).toEqual(checksumsOf(filesOf('first').live));
    await append([newEvent('contact.created', { id: 99, name: 'next' })]);
    await until('second', story.length + 1);
    await vi.waitFor(() => expect(heard).toHaveLength(1), limit);
  });

  it('are rebuilt from the log when every snapshot is damaged, of another version, or ahead of what was told', async () => {
    await snapshotAtHalf();
    const snapshots = await jetStreamSnapshots(link);
    const foreign = join(folder, 'foreign');
    writeFileSync(foreign, 'no views');
    for (const { position } of await snapshots.list()) await snapshots.put(foreign, { position, viewsVersion: 1 });
    await snapshots.put(foreign, { position: positionOf(30), viewsVersion: 2 });
    await snapshots.put(foreign, { position: positionOf(1_000), viewsVersion: 1 });
    await start('second');
    await until('second', story.length);
    await metric('cablehub_projector_snapshots_total{outcome="skipped"}');
    expect(checksumsOf(filesOf('second').live)).toEqual(checksumsOf(filesOf('first').live));
  });

  it('of another version can still be read, and are rebuilt from the log at the start', async () => {
    const app = await start('a', { SNAPSHOT_EVENTS: '0' });
    await append(story.slice(0, half));
    await until('a', half);
    await stop(app);
    const { live } = filesOf('a');
    const before = checksumsOf(live);
    const views = sqliteViews(live);
    views.begin();
    views.write({ table: 'contacts', row: { ...views.get('contacts', account, 12 as never)!, name: 'of old' } });
    views.commit(views.checkpoint());
    views.close();
    changeViewsVersion(live, 2);
    const old = readSqliteViews(live);
    expect(old.get('contacts', account, 12 as never)?.name).toBe('of old');
    old.close();
    await start('a', { SNAPSHOT_EVENTS: '0' });
    await until('a', half);
    expect(checksumsOf(live)).toEqual(before);
    await metric(`cablehub_projector_replayed_total ${half}`);
    await append(story.slice(half));
    await until('a', story.length);
  });

  it('are replaced at work by rebuilt ones that are offered, but not by a part', async () => {
    await start('a');
    await append(story);
    await until('a', story.length);
    const files = filesOf('a');
    const kept = checksumsOf(files.live);
    for (const isWhole of [false, true]) {
      const views = sqliteViews(files.rebuilding);
      await replay(jetStreamLog(link), views, { contactTokens: 'visible', upTo: positionOf(half) });
      views.close();
      sealViews(files.rebuilding, { isWhole });
      offerViews(files.rebuilding, files);
      await vi.waitFor(() => expect(stateOf(files.next) ?? stateOf(files.adopting)).toBeNull(), limit);
      await until('a', story.length);
      expect(checksumsOf(files.live)).toEqual(kept);
    }
  });

  it('hold an event of an old version in today’s shape', async () => {
    await append(story);
    const headers = {
      'Nats-Msg-Id': '1.old',
      'ce-specversion': '1.0',
      'ce-id': 'old',
      'ce-type': 'message.created',
      'ce-source': '/spec',
      'ce-time': '2021-03-01T12:00:00.000Z',
      'ce-schemaversion': '1',
      'content-type': 'application/json',
    };
    const said = { id: 900, conversation_id: 7, message_type: 'outgoing', content: 'old' };
    const data = { ...(definitionOf('message.created').data.parse(said) as object), content_type: null };
    const body = new TextEncoder().encode(JSON.stringify(data));
    await appendRaw(link, [{ subject: 'events.1.1.message.900', headers, body }]);
    const views = sqliteViews(':memory:');
    await replay(jetStreamLog(link), views, { contactTokens: 'visible' });
    expect(views.parked()).toEqual([]);
    expect(views.get('messages', account, 900 as never)).toMatchObject({ content: 'old', contentType: 'text' });
    views.close();
  });
});
