import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { definitionOf, positionOf, type ContactInboxId, type ConversationId } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { jetStreamLog, jetStreamSnapshots, natsSignals, rawAppender, type ReplaySignal } from '@cablehub/log';
import { memoryCheckpoints, memoryDeliveries, memoryTokens } from '@cablehub/log/testing';
import {
  checksumsOf,
  offerViews,
  readSqliteViews,
  replay,
  runProjector,
  sealViews,
  sqliteViews,
  stateOf,
  VIEWS_VERSION,
} from '@cablehub/projector';
import { changeViewsVersion } from '@cablehub/projector/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { account, framesIn, limit, projectorFixture, story, type ProjectorFixture } from './projector.fixture.ts';

const half = 20;
const ANOTHER_VERSION = VIEWS_VERSION - 1;

describe('the projector’s views', () => {
  let here: ProjectorFixture;
  beforeAll(async () => void (here = await projectorFixture()));
  afterAll(() => here.close());
  beforeEach(() => here.begin());

  /** A hub whose projector has taken a snapshot of half of the story, and gone on with the rest. */
  const snapshotAtHalf = async (): Promise<void> => {
    const app = await here.start('first', { SNAPSHOT_EVENTS: '10' });
    await here.append(story.slice(0, 1));
    await here.until('first', 1);
    await here.append(story.slice(1, half));
    await here.until('first', half);
    await vi.waitFor(
      async () => expect((await (await jetStreamSnapshots(here.link)).list())[0]?.position).toBeGreaterThan(10),
      limit,
    );
    await here.stop(app);
    const rest = await here.start('first', { SNAPSHOT_EVENTS: '0' });
    await here.append(story.slice(half));
    await here.until('first', story.length);
    await here.stop(rest);
  };

  it('are kept as snapshots while it works, from which a new replica starts, and nobody is told twice', async () => {
    await snapshotAtHalf();
    const heard = await here.hear();
    const second = await here.start('second', { SNAPSHOT_EVENTS: '10' });
    await here.metric(second, 'cablehub_projector_snapshots_total{outcome="restored"} 1');
    await here.until('second', story.length);
    expect(checksumsOf(here.filesOf('second').live)).toEqual(checksumsOf(here.filesOf('first').live));
    await here.append([newEvent('contact.created', { id: 99, name: 'next' })]);
    await here.until('second', story.length + 1);
    await vi.waitFor(() => expect(heard).toHaveLength(1), limit);
  });

  it('are rebuilt from the log when every snapshot is damaged, of another version, or ahead of what was told', async () => {
    await snapshotAtHalf();
    const snapshots = await jetStreamSnapshots(here.link);
    const foreign = join(here.folder, 'foreign');
    writeFileSync(foreign, 'no views');
    for (const { position } of await snapshots.list())
      await snapshots.put(foreign, { position, viewsVersion: VIEWS_VERSION });
    await snapshots.put(foreign, { position: positionOf(30), viewsVersion: ANOTHER_VERSION });
    await snapshots.put(foreign, { position: positionOf(1_000), viewsVersion: VIEWS_VERSION });
    const second = await here.start('second');
    await here.until('second', story.length);
    await here.metric(second, 'cablehub_projector_snapshots_total{outcome="skipped"}');
    expect(checksumsOf(here.filesOf('second').live)).toEqual(checksumsOf(here.filesOf('first').live));
  });

  it('of another version can still be read, and are rebuilt from the log at the start', async () => {
    const app = await here.start('a', { SNAPSHOT_EVENTS: '0' });
    await here.append(story.slice(0, half));
    await here.until('a', half);
    await here.stop(app);
    const { live } = here.filesOf('a');
    const before = checksumsOf(live);
    const views = sqliteViews(live);
    views.begin();
    views.write({ table: 'contacts', row: { ...views.get('contacts', account, 12 as never)!, name: 'of old' } });
    views.commit(views.checkpoint());
    views.close();
    changeViewsVersion(live, ANOTHER_VERSION);
    const old = readSqliteViews(live);
    expect(old.get('contacts', account, 12 as never)?.name).toBe('of old');
    old.close();
    const said: ReplaySignal[] = [];
    const hearing = await natsSignals(here.link).hearReplays((signal) => said.push(signal));
    const again = await here.start('a', { SNAPSHOT_EVENTS: '0' });
    await here.until('a', half);
    expect(checksumsOf(live)).toEqual(before);
    const whole = { by: 'projector', partitions: '0-63', from: 0, upTo: half };
    await vi.waitFor(() => expect(said.at(-1)).toMatchObject({ ...whole, state: 'finished', position: half }), limit);
    hearing.stop();
    await here.metric(again, `cablehub_projector_replayed_total ${half}`);
    await here.append(story.slice(half));
    await here.until('a', story.length);
  });

  it('of another version serve typing until rebuilt ones take their place, and what came meanwhile is told once', async () => {
    const app = await here.start('a', { SNAPSHOT_EVENTS: '0' });
    await here.append(story.slice(0, half));
    await here.until('a', half);
    await here.stop(app);
    const { live, adopting } = here.filesOf('a');
    // Somebody works on the file, so it cannot be replaced yet.
    const holder = sqliteViews(live);
    holder.begin();
    const white = holder.get('contacts', account, 10 as never)!;
    holder.write({ table: 'contacts', row: { ...white, name: 'as it was' } });
    holder.commit(holder.checkpoint());
    changeViewsVersion(live, ANOTHER_VERSION);
    holder.begin();

    const heard = await here.hear();
    await here.start('a', { SNAPSHOT_EVENTS: '0' });
    await vi.waitFor(() => expect(stateOf(adopting)).toMatchObject({ version: VIEWS_VERSION }), limit);
    await here.append(story.slice(half));
    const typing = {
      accountId: account,
      conversationId: 7 as ConversationId,
      status: 'on',
      typist: { kind: 'contact', contactInboxId: 8 as ContactInboxId },
      isPrivate: false,
    } as const;
    await vi.waitFor(() => {
      natsSignals(here.link).sendTyping(typing);
      expect(framesIn(heard)).toContain('conversation.typing_on');
    }, limit);
    const [first] = heard;
    expect(first?.kind === 'frame' && new TextDecoder().decode(first.payload)).toContain('"name":"as it was"');
    expect(heard.every(({ stored }) => stored === null)).toBe(true);

    holder.rollback();
    holder.close();
    await here.until('a', story.length);
    await here.append([newEvent('contact.created', { id: 99, name: 'last' })]);
    await here.until('a', story.length + 1);
    const told = (): readonly string[] => framesIn(heard.filter(({ stored }) => stored !== null));
    await vi.waitFor(() => expect(told().at(-1)).toBe('contact.created'), limit);
    const alone = sqliteViews(':memory:');
    const deliveries = memoryDeliveries();
    const ports = { views: alone, deliveries, tokens: memoryTokens(), checkpoints: memoryCheckpoints() };
    await ports.checkpoints.put(positionOf(half));
    const end = new AbortController();
    await runProjector(
      { ...ports, log: jetStreamLog(here.link) },
      {
        contactTokens: 'visible',
        signal: end.signal,
        onBatch: ({ position }) => (position === story.length + 1 ? end.abort() : undefined),
      },
    );
    alone.close();
    expect(told()).toHaveLength(deliveries.stored.filter(({ lane }) => lane === 'agents').length);
  });

  it('that are lost are folded again in silence, which the metrics tell by count and rate', async () => {
    const app = await here.start('a', { SNAPSHOT_EVENTS: '0' });
    await here.append(story);
    await here.until('a', story.length);
    await here.metric(app, 'cablehub_projector_replayed_total 0');
    await here.stop(app);
    const again = await here.start('without-files', { SNAPSHOT_EVENTS: '0' });
    await here.until('without-files', story.length);
    await here.metric(again, `cablehub_projector_replayed_total ${story.length}`);
    await here.metric(again, 'cablehub_projector_deliveries_total 0');
    expect(await again.metrics.metrics()).toMatch(/cablehub_projector_replay_events_per_second [1-9]/);
  });

  it('are replaced at work by rebuilt ones that are offered, but not by a part', async () => {
    await here.start('a');
    await here.append(story);
    await here.until('a', story.length);
    const files = here.filesOf('a');
    const kept = checksumsOf(files.live);
    for (const isWhole of [false, true]) {
      const views = sqliteViews(files.rebuilding);
      await replay(jetStreamLog(here.link), views, { contactTokens: 'visible', upTo: positionOf(half) });
      views.close();
      sealViews(files.rebuilding, { isWhole });
      offerViews(files.rebuilding, files);
      await vi.waitFor(() => expect(stateOf(files.next) ?? stateOf(files.adopting)).toBeNull(), limit);
      await here.until('a', story.length);
      expect(checksumsOf(files.live)).toEqual(kept);
    }
  });

  it('hold an event of an old version in today’s shape', async () => {
    await here.append(story);
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
    await rawAppender(here.link)([{ subject: 'events.1.1.message.900', headers, body }]);
    const views = sqliteViews(':memory:');
    await replay(jetStreamLog(here.link), views, { contactTokens: 'visible' });
    expect(views.parked()).toEqual([]);
    expect(views.get('messages', account, 900 as never)).toMatchObject({ content: 'old', contentType: 'text' });
    views.close();
  });
});
