import { eventDefinitions, positionOf, type NewEvent } from '@cablehub/events';
import { anyEvent, newEvent, recorded } from '@cablehub/events/testing';
import { agentTokenKey, LogFault, type Deliveries, type EventLog, type LogEntry } from '@cablehub/log';
import { memoryCheckpoints, memoryDeliveries, memoryLog, memoryTokens } from '@cablehub/log/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryViews } from './memory-views.ts';
import { runProjector, type Batch, type RunnerPorts } from './runner.ts';
import { tables, type TableName } from './schema.ts';
import { sqliteViews } from './sqlite-views.ts';
import { story } from './story.fixture.ts';
import type { Views } from './views.ts';

const append = async (log: EventLog, events: readonly NewEvent[]): Promise<void> =>
  void (await log.append(events.map((event) => ({ event }))));

const hub = (views: Views = memoryViews()) => {
  const log = memoryLog();
  return { log, views, deliveries: memoryDeliveries(), tokens: memoryTokens(), checkpoints: memoryCheckpoints() };
};

/** Runs until the views have come to the end of the log. */
const catchUp = async (ports: RunnerPorts, maxBatch = 500): Promise<readonly Batch[]> => {
  const batches: Batch[] = [];
  const end = await ports.log.lastPosition();
  if (ports.views.checkpoint() === end) return batches;
  const controller = new AbortController();
  await runProjector(ports, {
    contactTokens: 'visible',
    signal: controller.signal,
    maxBatch,
    onBatch: (batch) => {
      batches.push(batch);
      if (batch.position === end) controller.abort();
    },
  });
  return batches;
};

const decoder = new TextDecoder();
const toldBy = (deliveries: ReturnType<typeof memoryDeliveries>): readonly string[] =>
  deliveries.stored.map((delivery) =>
    [
      delivery.position,
      delivery.accountId,
      delivery.lane,
      delivery.kind === 'frame' ? decoder.decode(delivery.payload) : 'revocation',
    ].join(' '),
  );

const rowsOf = (views: Views, events: readonly NewEvent[]): unknown => {
  const ids = Array.from({ length: 130 }, (_, id) => id);
  const accounts = new Set(events.map(({ accountId }) => accountId));
  const names = Object.keys(tables) as TableName[];
  return [...accounts].map((account) =>
    names.map((name) => ids.map((id) => views.get(name, account, id as never)).filter((row) => row !== null)),
  );
};

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
    expect(batches.flatMap(({ parked }) => parked.map(({ parkedFor }) => parkedFor))).toEqual(['too new']);
    expect(ports.views.checkpoint()).toBe(2);
  });
});

/** Any event, with ids few enough that events meet. */
const meeting = anyEvent().map((event) => {
  const few = (value: unknown): unknown => (typeof value === 'number' ? (value % 3) + 1 : value);
  const idKeys = /^(id|.*_id)$/;
  const data = Object.fromEntries(
    Object.entries(event.data).map(([key, value]) => {
      if (key === 'added' || key === 'removed') return [key, (value as number[]).map(few)];
      if (key === 'sender' && value !== null) return [key, { ...value, id: few((value as { id: number }).id) }];
      return [key, idKeys.test(key) && key !== 'source_id' && key !== 'echo_id' ? few(value) : value];
    }),
  );
  return { ...event, accountId: few(event.accountId), data } as unknown as NewEvent;
});
/** Enough to start with that most events find what they are about. */
const founded = [1, 2, 3].flatMap((accountId) =>
  story().map((event) => {
    const small = JSON.parse(JSON.stringify(event.data), (key, value: unknown) =>
      /^(id|.*_id)$/.test(key) && typeof value === 'number' ? (value % 3) + 1 : value,
    ) as object;
    return { ...event, accountId, data: small } as unknown as NewEvent;
  }),
);
const events = fc.array(meeting, { maxLength: 60 }).map((more) => [...founded, ...more]);

describe('a replay', () => {
  it('gives the same rows and the same deliveries whatever the batches, and in every adapter of the views', async () => {
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
  });

  it('after a crash at any publication tells everything once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.nat({ max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        async (history, crashAt, maxBatch) => {
          const calm = hub();
          await append(calm.log, history);
          await catchUp(calm);

          const ports = hub();
          await append(ports.log, history);
          const crashing = { ...ports, deliveries: crashAfter(ports.deliveries, crashAt) };
          const crashed = await catchUp(crashing, maxBatch).then(
            () => false,
            (error: unknown) => (error as LogFault).code === 'nats_unavailable',
          );
          await catchUp(ports, maxBatch);
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

/** Deliveries that break after so many have been stored: the connection is lost between two lanes of one event. */
const crashAfter = (deliveries: Deliveries, limit: number): Deliveries => {
  let left = limit;
  return {
    ...deliveries,
    publish: async (batch) => {
      await deliveries.publish(batch.slice(0, left));
      if (batch.length > left) throw new LogFault('nats_unavailable', 'the connection broke');
      left -= batch.length;
    },
  };
};
