import type { NewEvent } from '@cablehub/events';
import { DUPLICATE_WINDOW_MS, LogFault, projectorRole, type Delivery, type PartitionRange } from '@cablehub/log';
import { memoryCheckpoints, memoryDeliveries, memoryLog, memoryTokens } from '@cablehub/log/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryViews } from './memory-views.ts';
import { append, catchUp, crashAfter, events, hub, rowsOf, toldBy } from './runner.fixture.ts';
import { runProjector, type RunnerPorts } from './runner.ts';
import { story } from './story.fixture.ts';
import type { Views } from './views.ts';

const low: PartitionRange = { first: 0, last: 1 };
const high: PartitionRange = { first: 2, last: 63 };
const whole: PartitionRange = { first: 0, last: 63 };

/** Several projectors on one log, at a time that the specification sets. */
const projectors = () => {
  let time = 1_700_000_000_000;
  const now = (): number => time;
  const shared = { log: memoryLog(), deliveries: memoryDeliveries(now), tokens: memoryTokens() };
  const checkpoints = memoryCheckpoints(now);
  const views = new Map<string, Views>();
  const portsOf = (range: PartitionRange): RunnerPorts => {
    const role = projectorRole(range);
    const kept = views.get(role) ?? memoryViews();
    views.set(role, kept);
    return { ...shared, views: kept, checkpoints: checkpoints.of(role) };
  };
  return {
    ...shared,
    checkpoints,
    portsOf,
    pass: (ms: number) => void (time += ms),
    loseViews: () => views.clear(),
    /** Runs, and is stopped early. */
    runOneBatch: async (range: PartitionRange, maxBatch: number): Promise<void> => {
      const ports = portsOf(range);
      if (ports.views.checkpoint() === (await ports.log.lastPosition())) return;
      const end = new AbortController();
      const onBatch = (): void => end.abort();
      const { signal } = end;
      await runProjector(ports, { contactTokens: 'visible', partitions: range, now, maxBatch, signal, onBatch });
    },
    run: (range: PartitionRange, maxBatch = 500, ports = portsOf(range)) =>
      catchUp(ports, maxBatch, { partitions: range, now }),
  };
};

/** What each account was told, in order. */
const byAccount = (told: readonly string[]): readonly (readonly string[])[] =>
  [1, 2, 3].map((account) => told.filter((line) => line.split(' ')[1] === String(account)));

const toldCalmly = async (history: readonly NewEvent[]): Promise<readonly string[]> => {
  const calm = hub();
  await append(calm.log, history);
  await catchUp(calm);
  return toldBy(calm.deliveries);
};

const twoAccounts = (): readonly NewEvent[] =>
  story().flatMap((event) => [1, 2].map((accountId) => ({ ...event, accountId }) as NewEvent));

describe('projectors of some partitions', () => {
  it('fold and tell what is theirs and nothing else, and come to the end of the log', async () => {
    const world = projectors();
    const history = twoAccounts();
    await append(world.log, history);
    await world.run(low, 7);
    expect(new Set(world.deliveries.stored.map(({ accountId }) => accountId))).toEqual(new Set([1]));
    await world.run(high, 5);
    expect(byAccount(toldBy(world.deliveries))).toEqual(byAccount(await toldCalmly(history)));
    for (const range of [low, high]) {
      const { views, checkpoints } = world.portsOf(range);
      expect([views.checkpoint(), await checkpoints.get()]).toEqual([history.length, history.length]);
    }
    expect(rowsOf(world.portsOf(low).views, history)).not.toEqual(rowsOf(world.portsOf(high).views, history));
  });

  const step = fc.record({
    /** Where all partitions are cut. */
    cuts: fc.subarray([2, 3]),
    events: fc.nat(60),
    maxBatch: fc.integer({ min: 1, max: 20 }),
    /** After how many deliveries the connection breaks; later than that: never. */
    crashAt: fc.nat(40),
    isAwayLong: fc.boolean(),
    isAged: fc.boolean(),
    losesViews: fc.boolean(),
  });

  it('tell everything once and in order, however ranges change, wherever they crash and however long they are away', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.array(step, { minLength: 1, maxLength: 6 }), async (history, steps) => {
        const world = projectors();
        let appended = 0;
        for (const [index, { cuts, maxBatch, crashAt, isAwayLong, isAged, losesViews, ...more }] of steps.entries()) {
          const upTo = index === steps.length - 1 ? history.length : appended + more.events;
          await append(world.log, history.slice(appended, upTo));
          appended = Math.min(upTo, history.length);
          const firsts = [0, ...cuts];
          for (const [at, first] of firsts.entries()) {
            const range = { first, last: (firsts[at + 1] ?? 64) - 1 };
            const ports = world.portsOf(range);
            const crashing = { ...ports, deliveries: crashAfter(world.deliveries, crashAt) };
            await world.run(range, maxBatch, crashing).catch((error: unknown) => {
              if (!(error instanceof LogFault)) throw error;
            });
            if (isAwayLong) {
              world.pass(2 * DUPLICATE_WINDOW_MS);
              await world.runOneBatch(range, 1);
            }
            await world.run(range, maxBatch);
          }
          world.pass(isAged ? 2 * DUPLICATE_WINDOW_MS : 1_000);
          if (isAged) world.deliveries.age();
          if (losesViews) world.loseViews();
        }
        expect(byAccount(toldBy(world.deliveries))).toEqual(byAccount(await toldCalmly(history)));
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  it('publish again what a lost connection has left out between others', async () => {
    const world = projectors();
    await append(world.log, story());
    const ports = world.portsOf(whole);
    const leaky = {
      ...world.deliveries,
      publish: async (deliveries: readonly Delivery[]): Promise<void> => {
        await world.deliveries.publish(deliveries.filter((_, index) => index !== 2));
        throw new LogFault('nats_unavailable', 'one was not acknowledged');
      },
    };
    await ports.checkpoints.put(1 as never);
    world.pass(DUPLICATE_WINDOW_MS); // idle, so its checkpoint is old
    await expect(world.run(whole, 500, { ...ports, deliveries: leaky })).rejects.toThrow('not acknowledged');
    world.pass(60_000);
    await world.run(whole);
    expect(toldBy(world.deliveries).toSorted()).toEqual((await toldCalmly(story())).toSorted());
  });

  it('take the word of whoever owned a partition before, and put no checkpoint that says more', async () => {
    const world = projectors();
    const history = twoAccounts();
    await append(world.log, history.slice(0, 30));
    await world.run(low);
    await append(world.log, history.slice(30));
    await world.run(high);
    await world.run(whole);
    expect(byAccount(toldBy(world.deliveries))).toEqual(byAccount(await toldCalmly(history)));
    expect((await world.checkpoints.all()).get('projector.0-1')?.position).toBe(30);
    expect(await world.checkpoints.get()).toBe(history.length);
  });
});
