import { eventDefinitions, positionOf, type Position } from '@cablehub/events';
import { newEvent, recorded } from '@cablehub/events/testing';
import { agentTokenKey, type EventLog, type LogEntry, type LogFault } from '@cablehub/log';
import { memoryLog } from '@cablehub/log/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryViews } from './memory-views.ts';
import {
  acknowledgedLate,
  append,
  catchUp,
  crashAfter,
  events,
  hub,
  inOrder,
  meeting,
  rowsOf,
  toldBy,
} from './runner.fixture.ts';
import { runProjector } from './runner.ts';
import { sqliteViews } from './sqlite-views.ts';
import { story } from './story.fixture.ts';

describe('the projector', () => {
  it('publishes what each event tells, in log order, and comes to the end of the log', async () => {
    const ports = hub();
    await append(ports.log, story());
    await catchUp(ports);
    const positions = ports.deliveries.stored.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(ports.views.checkpoint()).toBe(story().length);
    expect(await ports.checkpoints.get()).toBe(story().length);
    expect(ports.deliveries.stored.filter(({ lane }) => lane === 'contact.8')).toHaveLength(3);
  });

  it('grants tokens before it tells anything of their event, and revokes them on the lane they opened', async () => {
    const ports = hub();
    const removed = newEvent('agent.removed', { user_id: 1 });
    await append(ports.log, [...story(), removed]);
    await catchUp(ports);
    const key = agentTokenKey('demo-agent-john-1', removed.accountId);
    expect(ports.tokens.grants.has(key)).toBe(false);
    expect(ports.tokens.grants.size).toBe(3);
    expect(ports.deliveries.stored.at(-1)).toEqual({
      kind: 'revocation',
      accountId: 1,
      lane: 'agents',
      position: story().length + 1,
      tokenKey: key,
    });
  });

  it('publishes nothing twice when its views are lost, even after the deliveries have aged away', async () => {
    const ports = hub();
    await append(ports.log, story());
    await catchUp(ports);
    const told = toldBy(ports.deliveries);
    ports.deliveries.age();
    const rebuilt = { ...ports, views: memoryViews() };
    await catchUp(rebuilt);
    expect(toldBy(ports.deliveries)).toEqual(told);
    expect(rowsOf(rebuilt.views, story())).toEqual(rowsOf(ports.views, story()));
    const next = newEvent('contact.created', { id: 20, name: 'next' });
    await append(ports.log, [next]);
    await catchUp(rebuilt);
    expect(toldBy(ports.deliveries)).toHaveLength(told.length + 1);
  });

  it('skips nothing that was appended while it was away, however long', async () => {
    const ports = hub();
    const half = Math.floor(story().length / 2);
    await append(ports.log, story().slice(0, half));
    await catchUp(ports);
    ports.deliveries.age();
    await append(ports.log, story().slice(half));
    await catchUp(ports);
    const whole = hub();
    await append(whole.log, story());
    await catchUp(whole);
    expect(toldBy(ports.deliveries)).toEqual(toldBy(whole.deliveries));
  });

  it('refuses views and deliveries that belong to another log', async () => {
    const ports = hub();
    await append(ports.log, story());
    await catchUp(ports);
    const other = { ...ports, log: memoryLog() };
    await append(other.log, story().slice(0, 3));
    const run = runProjector(other, { contactTokens: 'visible', signal: new AbortController().signal });
    await expect(run).rejects.toMatchObject({ code: 'log_unreadable' });
  });

  it('folds what is there while acknowledgements come, and commits it together with what they are of', async () => {
    const ports = hub();
    await append(ports.log, story());
    const commits: number[] = [];
    const views = { ...ports.views, commit: (at: Position) => void (commits.push(at), ports.views.commit(at)) };
    const late = { ...ports, views, deliveries: acknowledgedLate(ports.deliveries) };
    const batches = await catchUp(inOrder(late), 3);
    expect(batches.map(({ events: taken }) => taken).slice(0, -1)).toEqual(batches.slice(1).map(() => 3));
    expect(commits).toEqual(
      Array.from({ length: Math.ceil(story().length / 24) }, (_, index) => Math.min(24 * (index + 1), story().length)),
    );
  });

  it('waits for no entry when all is acknowledged', async () => {
    const ports = hub();
    await append(ports.log, story().slice(0, 5));
    await catchUp({ ...ports, deliveries: acknowledgedLate(ports.deliveries) });
    expect([ports.views.checkpoint(), await ports.checkpoints.get()]).toEqual([5, 5]);
  });

  it('parks an entry it cannot read and goes on', async () => {
    const ports = hub();
    const [account] = story();
    const fromTheFuture = { type: 'unreadable', position: 1, recordedAt: 0, accountId: 1, reason: 'too new' };
    const log: EventLog = {
      ...ports.log,
      lastPosition: async () => positionOf(2),
      follow: async function* () {
        yield [fromTheFuture as LogEntry];
        yield [recorded(account!, 2)];
      },
    };
    const batches = await catchUp({ ...ports, log });
    expect(batches.flatMap(({ parked }) => parked.map(({ outcome }) => outcome))).toEqual([
      { kind: 'parked', reason: 'too new' },
    ]);
    expect(ports.views.checkpoint()).toBe(2);
  });
});

describe('a replay', () => {
  it(
    'gives the same rows and the same deliveries whatever the batches, and in every adapter of the views',
    { timeout: 30_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(events, fc.integer({ min: 1, max: 50 }), async (history, maxBatch) => {
          const kept = hub(memoryViews());
          const rebuilt = hub(sqliteViews(':memory:'));
          await append(kept.log, history);
          await append(rebuilt.log, history);
          await catchUp(kept);
          await catchUp(rebuilt, maxBatch);
          expect(rowsOf(rebuilt.views, history)).toEqual(rowsOf(kept.views, history));
          expect(toldBy(rebuilt.deliveries)).toEqual(toldBy(kept.deliveries));
          expect(rebuilt.views.parked()).toEqual(kept.views.parked());
          rebuilt.views.close();
        }),
        { numRuns: 25 },
      );
    },
  );

  it('after a crash at any publication tells everything once and in order', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.record({ crashAt: fc.nat({ max: 60 }), maxBatch: fc.integer({ min: 1, max: 20 }), isLate: fc.boolean() }),
        async (history, { crashAt, maxBatch, isLate }) => {
          const calm = hub();
          await append(calm.log, history);
          await catchUp(calm);

          const ports = hub();
          await append(ports.log, history);
          const deliveries = isLate ? acknowledgedLate(ports.deliveries) : ports.deliveries;
          const crashing = { ...ports, deliveries: crashAfter(deliveries, crashAt) };
          const crashed = await catchUp(inOrder(crashing), maxBatch).then(
            () => false,
            (error: unknown) => (error as LogFault).code === 'nats_unavailable',
          );
          await catchUp(inOrder({ ...ports, deliveries }), maxBatch);
          expect(crashed).toBe(toldBy(calm.deliveries).length > crashAt);
          expect(toldBy(ports.deliveries)).toEqual(toldBy(calm.deliveries));
          expect(rowsOf(ports.views, history)).toEqual(rowsOf(calm.views, history));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('has seen every type of event', () => {
    const types = new Set(fc.sample(meeting, { numRuns: 2_000, seed: 1 }).map(({ type }) => type));
    expect(types.size).toBe(Object.keys(eventDefinitions).length);
  });
});
