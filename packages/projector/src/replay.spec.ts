import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf, type AccountId, type NewEvent } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import type { EventLog, LogEntry } from '@cablehub/log';
import { memoryCheckpoints, memoryDeliveries, memoryLog, memoryTokens } from '@cablehub/log/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checksumsOf, compareViews } from './checksums.ts';
import { memoryViews } from './memory-views.ts';
import { projections, type Projections } from './projection.ts';
import { replay, type ReplayOptions } from './replay.ts';
import { runProjector } from './runner.ts';
import { sqliteViews } from './sqlite-views.ts';
import { story } from './story.fixture.ts';
import { stateOf } from './view-files.ts';
import type { Views } from './views.ts';

const options = { contactTokens: 'visible' } as const;
const everything = (): readonly NewEvent[] =>
  [1, 2].flatMap((accountId) => story().map((event) => ({ ...event, accountId: accountId as AccountId })));

/** A log in which each event was stored one second after the one before it. */
const logOf = async (events: readonly NewEvent[]): Promise<EventLog> => {
  let now = 0;
  const log = memoryLog({ now: () => (now += 1_000) });
  await log.append(events.map((event) => ({ event })));
  return log;
};

/** The log as a hub reads it that does not know a type of event. */
const asOlderHub = (log: EventLog, type: string): EventLog => {
  const older = (entry: LogEntry): LogEntry => {
    const { position, recordedAt, accountId } = entry;
    if (entry.type !== type) return entry;
    return { type: 'unreadable', position, recordedAt, accountId, reason: `unknown event type "${type}"` };
  };
  return {
    ...log,
    read: async function* (wanted) {
      for await (const entry of log.read(wanted)) yield older(entry);
    },
    follow: async function* (wanted) {
      for await (const entries of log.follow(wanted)) yield entries.map(older);
    },
  };
};

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'replay-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (name: string): string => join(folder, `${name}.sqlite`);

const withViews = async <T>(name: string, work: (views: Views) => Promise<T>): Promise<T> => {
  const views = sqliteViews(fileOf(name));
  try {
    return await work(views);
  } finally {
    views.close();
  }
};
const replayInto = (name: string, log: EventLog, more: Partial<ReplayOptions> = {}) =>
  withViews(name, (views) => replay(log, views, { ...options, ...more }));

/** What a projector at work makes of the log. */
const workInto = (name: string, log: EventLog, more: { projections?: Projections } = {}) =>
  withViews(name, async (views) => {
    const end = await log.lastPosition();
    const controller = new AbortController();
    const deliveries = memoryDeliveries();
    const onBatch = ({ position }: { position: number }): void => (position === end ? controller.abort() : undefined);
    const ports = { log, views, deliveries, tokens: memoryTokens(), checkpoints: memoryCheckpoints() };
    await runProjector(ports, { ...options, ...more, signal: controller.signal, onBatch });
    return deliveries;
  });
const parkedIn = (name: string) => withViews(name, async (views) => views.parked());
const differences = (one = 'kept', other = 'rebuilt'): readonly string[] =>
  compareViews(fileOf(one), fileOf(other)).flatMap(({ table, difference }) => (difference === null ? [] : [table]));

describe('a replay into a file', () => {
  it('gives the checksums of the views that were kept, whatever the batches and wherever it was cut off', async () => {
    const log = await logOf([...everything(), newEvent('message.updated', { id: 4_711 })]);
    await workInto('kept', log);
    const end = await log.lastPosition();
    const cuts = fc.array(fc.integer({ min: 0, max: end }), { maxLength: 4 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (stops, maxBatch, isKilled) => {
        const name = `rebuilt-${++run}`;
        for (const stop of stops.toSorted((a, b) => a - b))
          // Ended by a signal between two batches, or by a fault in the middle of one.
          await (isKilled
            ? replayInto(name, failingAt(log, stop), { maxBatch }).catch(() => undefined)
            : replayInto(name, log, { maxBatch, signal: AbortSignal.abort() }));
        await replayInto(name, log, { maxBatch });
        expect(checksumsOf(fileOf(name))).toEqual(checksumsOf(fileOf('kept')));
        expect(await withViews(name, async (views) => views.checkpoint())).toBe(end);
      }),
      { numRuns: 15 },
    );
  }, 20_000);

  it('keeps eight batches together when the log faults, and every batch when it is ended', async () => {
    const log = await logOf(story());
    const reached = (name: string) => withViews(name, async (views) => views.checkpoint());
    await expect(replayInto('cut', failingAt(log, 12), { maxBatch: 1 })).rejects.toThrow();
    expect(await reached('cut')).toBe(8);
    const ending = new AbortController();
    const onProgress = ({ events }: { events: number }): void => (events === 11 ? ending.abort() : undefined);
    await replayInto('ended', log, { maxBatch: 1, signal: ending.signal, onProgress });
    expect(await reached('ended')).toBe(11);
  });

  it('tells how far it is, and that it was ended early', async () => {
    const log = await logOf(story());
    const said: number[] = [];
    const whole = await replayInto('a', log, { maxBatch: 10, onProgress: ({ position }) => said.push(position) });
    expect(whole).toEqual({ events: story().length, position: story().length, isFinished: true });
    expect(said).toEqual([10, 20, 30, story().length]);
    expect(await replayInto('b', log, { maxBatch: 10, signal: AbortSignal.abort() })).toEqual({
      events: 10,
      position: 10,
      isFinished: false,
    });
  });

  it('stops at a position, or at the time when an event was stored in the log', async () => {
    const log = await logOf(story());
    await replayInto('position', log, { upTo: positionOf(12) });
    await replayInto('time', log, { toTime: 12_999 });
    expect(checksumsOf(fileOf('time'))).toEqual(checksumsOf(fileOf('position')));
    expect(await withViews('time', async (views) => views.checkpoint())).toBe(12);
    await replayInto('rebuilt', log);
    await replayInto('kept', log, { upTo: positionOf(12) });
    expect(differences()).not.toEqual([]);
  });

  it('of one account holds what a log of that account alone would give', async () => {
    const all = everything();
    await replayInto('kept', await logOf(all), { accountId: 1 as AccountId });
    await replayInto('rebuilt', await logOf(all.filter(({ accountId }) => accountId === 1)));
    expect(differences()).toEqual([]);
  });

  it('of some partitions holds what a log of their accounts alone would give, and says whose it is', async () => {
    const all = everything().toSorted((one, other) => other.accountId - one.accountId);
    const partitions = { first: 2, last: 63 };
    const views = sqliteViews(fileOf('kept'), partitions);
    await replay(await logOf(all), views, { ...options, partitions });
    expect(views.checkpoint()).toBe(all.length);
    views.close();
    await replayInto('rebuilt', await logOf(all.filter(({ accountId }) => accountId === 2)));
    expect(differences()).toEqual([]);
    expect([stateOf(fileOf('kept')), stateOf(fileOf('rebuilt'))]).toMatchObject([
      { partitions: '2-63' },
      { partitions: '0-63' },
    ]);
  });
});

/** A log whose reading breaks behind a position. */
const failingAt = (log: EventLog, position: number): EventLog => ({
  ...log,
  read: async function* (wanted) {
    for await (const entry of log.read(wanted)) {
      if (entry.position > position) throw new Error('the connection broke');
      yield entry;
    }
  },
});

describe('an event that was parked', () => {
  const broken: Projections = {
    ...projections,
    evolve: (views, event) => {
      if (event.type === 'contact.updated') throw new TypeError('a bug');
      return projections.evolve(views, event);
    },
  };
  const mute: Projections = {
    ...projections,
    announce: (telling) => {
      if (telling.event.type === 'contact.updated') throw new TypeError('a bug');
      return projections.announce(telling);
    },
  };

  it.each([
    ['its projection failed', broken],
    ['what it tells could not be made', mute],
  ])('because %s is taken in its place by a replay after the fix', async (_why, buggy) => {
    const log = await logOf(story());
    await workInto('kept', log, { projections: buggy });
    const updated = story().filter(({ type }) => type === 'contact.updated');
    expect(await parkedIn('kept')).toMatchObject(
      updated.map(() => ({ type: 'contact.updated', reason: 'the projection failed: TypeError: a bug' })),
    );
    await replayInto('same-bug', log, { projections: buggy });
    expect(checksumsOf(fileOf('same-bug'))).toEqual(checksumsOf(fileOf('kept')));
    await replayInto('rebuilt', log);
    expect(await parkedIn('rebuilt')).toEqual([]);
    expect(differences()).toEqual(expect.arrayContaining(['contacts', 'parked']));
    await workInto('never-broken', log);
    expect(checksumsOf(fileOf('rebuilt'))).toEqual(checksumsOf(fileOf('never-broken')));
  });

  it('because SQLite refuses its row stands in nobody’s way', async () => {
    const log = await logOf(story());
    const nameless: Projections = {
      ...projections,
      evolve: (views, event) => {
        if (event.type !== 'team.created') return projections.evolve(views, event);
        const row = { accountId: event.accountId, id: event.data.id, name: null as never };
        return { ok: true, writes: [{ table: 'teams', row }] };
      },
    };
    await workInto('kept', log, { projections: nameless });
    expect((await parkedIn('kept'))[0]).toMatchObject({
      type: 'team.created',
      reason: expect.stringContaining('NOT NULL') as string,
    });
  });

  it('leaves no row behind, and does not stop those after it', async () => {
    const log = await logOf(story());
    const deliveries = await workInto('kept', log, { projections: mute });
    const [at] = story().flatMap(({ type }, index) => (type === 'contact.updated' ? [index + 1] : []));
    await replayInto('before', log, { upTo: positionOf(at! - 1), projections: mute });
    await replayInto('behind', log, { upTo: positionOf(at!), projections: mute });
    // The log counts the event, so the contact's version moves, and nothing else.
    expect(differences('behind', 'before').toSorted()).toEqual(['contacts', 'event_ids', 'parked']);
    const [contacts] = compareViews(fileOf('behind'), fileOf('before')).filter(({ table }) => table === 'contacts');
    expect(contacts?.difference).toMatchObject({ column: 'version' });
    expect(deliveries.stored.at(-1)!.position).toBeGreaterThan(at!);
    expect(deliveries.stored.some(({ position }) => position === at)).toBe(false);
  });

  it('because its type was unknown is taken in its place once it is known', async () => {
    const log = await logOf(story());
    await workInto('kept', asOlderHub(log, 'team.created'));
    const parked = await parkedIn('kept');
    expect(parked.map(({ reason }) => reason)).toContain('unknown event type "team.created"');
    await replayInto('rebuilt', log);
    await workInto('always-known', log);
    expect(await parkedIn('rebuilt')).toEqual([]);
    expect(checksumsOf(fileOf('rebuilt'))).toEqual(checksumsOf(fileOf('always-known')));
  });

  it('is undone in memory as it is in SQLite', async () => {
    const views = memoryViews();
    await replay(await logOf(story()), views, { ...options, projections: mute });
    await workInto('kept', await logOf(story()), { projections: mute });
    expect(views.parked()).toEqual(await parkedIn('kept'));
  });
});
