/** What specifications of the projector at work share: a hub in memory, ways to run it, and histories to run it on. */
import { setImmediate } from 'node:timers/promises';
import type { NewEvent } from '@cablehub/events';
import { anyEvent } from '@cablehub/events/testing';
import { LogFault, type Deliveries, type EventLog } from '@cablehub/log';
import { memoryCheckpoints, memoryDeliveries, memoryLog, memoryTokens } from '@cablehub/log/testing';
import fc from 'fast-check';
import { memoryViews } from './memory-views.ts';
import { runProjector, type RunnerOptions, type RunnerPorts } from './runner.ts';
import { tables, type TableName } from './schema.ts';
import { story } from './story.fixture.ts';
import type { Batch } from './taking.ts';
import type { Views } from './views.ts';

export const append = async (log: EventLog, events: readonly NewEvent[]): Promise<void> =>
  void (await log.append(events.map((event) => ({ event }))));

export const hub = (views: Views = memoryViews()) => {
  const log = memoryLog();
  return { log, views, deliveries: memoryDeliveries(), tokens: memoryTokens(), checkpoints: memoryCheckpoints() };
};

/** Runs until the views have come to the end of the log. */
export const catchUp = async (
  ports: RunnerPorts,
  maxBatch = 500,
  more: Partial<RunnerOptions> = {},
): Promise<readonly Batch[]> => {
  const batches: Batch[] = [];
  const end = await ports.log.lastPosition();
  if (ports.views.checkpoint() === end) return batches;
  const controller = new AbortController();
  await runProjector(ports, {
    contactTokens: 'visible',
    ...more,
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
export const toldBy = (deliveries: ReturnType<typeof memoryDeliveries>): readonly string[] =>
  deliveries.stored.map((delivery) =>
    [
      delivery.position,
      delivery.accountId,
      delivery.lane,
      delivery.kind === 'frame' ? decoder.decode(delivery.payload) : 'revocation',
    ].join(' '),
  );

export const rowsOf = (views: Views, events: readonly NewEvent[]): unknown => {
  const ids = Array.from({ length: 130 }, (_, id) => id);
  const accounts = new Set(events.map(({ accountId }) => accountId));
  const names = Object.keys(tables) as TableName[];
  return [...accounts].map((account) =>
    names.map((name) => ids.map((id) => views.get(name, account, id as never)).filter((row) => row !== null)),
  );
};

/** Any event, with ids few enough that events meet. */
export const meeting = anyEvent().map((event) => {
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
export const founded = [1, 2, 3].flatMap((accountId) =>
  story().map((event) => {
    const small = JSON.parse(JSON.stringify(event.data), (key, value: unknown) =>
      /^(id|.*_id)$/.test(key) && typeof value === 'number' ? (value % 3) + 1 : value,
    ) as object;
    return { ...event, accountId, data: small } as unknown as NewEvent;
  }),
);
export const events = fc.array(meeting, { maxLength: 60 }).map((more) => [...founded, ...more]);

/** Deliveries whose acknowledgement comes in another turn, so that entries that are there come before it. */
export const acknowledgedLate = (deliveries: Deliveries): Deliveries => ({
  ...deliveries,
  publish: async (batch) => {
    await deliveries.publish(batch);
    await setImmediate();
  },
});

/** The same ports, which break when something is committed or put while a publication is not acknowledged, or published besides one. */
export const inOrder = <Ports extends RunnerPorts>(ports: Ports): Ports => {
  let missing = 0;
  const mustBeTold = (what: string): void => {
    if (missing > 0) throw new Error(`${what} while a publication is not acknowledged`);
  };
  return {
    ...ports,
    views: {
      ...ports.views,
      commit: (position) => {
        mustBeTold('committed');
        ports.views.commit(position);
      },
    },
    checkpoints: {
      ...ports.checkpoints,
      put: async (position) => {
        mustBeTold('put');
        await ports.checkpoints.put(position);
      },
    },
    deliveries: {
      ...ports.deliveries,
      publish: async (batch) => {
        mustBeTold('published');
        missing += batch.length;
        await ports.deliveries.publish(batch);
        missing -= batch.length;
      },
    },
  };
};

/** Deliveries that break after so many have been stored: the connection is lost between two lanes of one event. */
export const crashAfter = (deliveries: Deliveries, limit: number): Deliveries => {
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
