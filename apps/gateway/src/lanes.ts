/**
 * The lanes this gateway hears, and who is told what they bring.
 *
 * One NATS subscription per lane, however many sockets: the first listener opens it, the last one closes it. Fan-out is
 * synchronous on purpose: a listener only puts a frame into its socket's outbox, so one never delays another, and
 * frames of a lane keep their order on every socket. Whenever NATS was away every lane is looked at for what was missed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AccountId } from '@cablehub/events';
import type {
  Deliveries,
  HeardDelivery,
  History,
  HistoryRequest,
  HistoryStart,
  Lane,
  NatsLink,
  Tail,
} from '@cablehub/log';
import { LaneFlow } from './lane-flow.ts';
import type { GatewayMetrics } from './metrics.ts';
import { startReach } from './reach.ts';

/** Takes what a lane brings. Must not throw and must not wait. */
export type Listener = {
  readonly hear: (delivery: HeardDelivery) => void;
  /** There is a hole that cannot be filled; nothing comes any more. */
  readonly lost: () => void;
};

/** What is stored of a subscription's lane. */
export interface LaneHistory {
  /** Which stream its offsets are of. */
  readonly epoch: string;
  /** All up to this offset has been told to the listeners. */
  position(): number;
  /** Whether there is no doubt that all up to now has been told to the listeners. */
  isSettled(): boolean;
  /** Faults: `nats_unavailable`, `log_unreadable`. */
  read(start: HistoryStart, upTo?: number): Promise<History>;
  tail(): Promise<Tail>;
}

/** A listener on its lanes. */
export interface Joined {
  /** That of the lane that has something stored; the first of those joined. */
  readonly history: LaneHistory;
  /** Ends the listening. */
  stop(): void;
}

export interface Lanes {
  /**
   * Adds a listener to lanes of an account. Resolves when all are live: the listener misses nothing published after
   * that, and may be told things before. Rejects when a lane cannot be opened; then it listens to none of them.
   */
  join(account: AccountId, lanes: readonly Lane[], listener: Listener): Promise<Joined>;
  /** The offset up to which every lane has been told all there was. */
  reached(): number;
  stop(): void;
}

export type LanesOptions = {
  readonly deliveries: Pick<Deliveries, 'hear' | 'read' | 'tail'>;
  readonly link: Pick<NatsLink, 'isUp' | 'onChange'>;
  readonly metrics: GatewayMetrics;
  /** How often the end of DELIVERIES is looked up, in ms. Default 30 000. */
  readonly markMs?: number;
};

type Open = {
  readonly key: string;
  readonly listeners: Set<Listener>;
  readonly flow: LaneFlow;
  /** Of all its listeners; null: nothing of it is stored. */
  readonly history: LaneHistory | null;
  readonly live: Promise<{ stop: () => void }>;
};

/** Lanes that are looked at for holes at one time. */
const FILLING_AT_ONCE = 16;
const RETRY_MS = 100;

export const createLanes = ({ deliveries, link, metrics, markMs = 30_000 }: LanesOptions): Lanes => {
  const open = new Map<string, Open>();
  const { tail } = deliveries;
  /** The lanes that may have a hole: this is asked for every socket, and there may be as many lanes as sockets. */
  const doubtful = new Set<LaneFlow>();
  const isSettled = (): boolean => doubtful.size === 0;
  const reach = startReach({ tail, link, isSettled, markMs, epochSeen: (epoch) => endOthers(open, epoch) });

  const read = async (key: string, request: HistoryRequest): Promise<History | null> => {
    for (;;) {
      if (!open.has(key)) return null;
      const history = link.isUp() ? await deliveries.read(request).catch(() => null) : null;
      if (history !== null) return history;
      await delay(RETRY_MS);
    }
  };

  const close = ({ key, live, flow }: Open): void => {
    open.delete(key);
    doubtful.delete(flow);
    metrics.lanes.set(open.size);
    void live.then(
      ({ stop }) => stop(),
      () => undefined, // it never opened
    );
  };

  const historyOf = (accountId: AccountId, lane: Lane, flow: LaneFlow): LaneHistory => {
    return {
      get epoch() {
        return flow.epoch ?? '';
      },
      position: () => flow.complete,
      isSettled: () => flow.isSettled,
      read: (start, upTo) =>
        deliveries.read({ accountId, lane, start, epoch: flow.epoch ?? '', ...(upTo === undefined ? {} : { upTo }) }),
      tail,
    };
  };

  const openLane = (account: AccountId, lane: Lane, key: string): Open => {
    const listeners = new Set<Listener>();
    const flow = new LaneFlow({
      read: ({ after, epoch }) => read(key, { accountId: account, lane, start: { after }, epoch }),
      pass: (delivery) => {
        for (const listener of listeners) listener.hear(delivery);
        measure(delivery, metrics);
      },
      lost: () => {
        // Whoever comes next begins anew.
        const here = open.get(key);
        if (here?.flow === flow) close(here);
        for (const listener of [...listeners]) listener.lost();
      },
      settles: (isSettledNow) => {
        if (isSettledNow || open.get(key)?.flow !== flow) doubtful.delete(flow);
        else doubtful.add(flow);
      },
      metrics,
    });
    const live = deliveries
      .hear(account, lane, (delivery) => {
        metrics.deliveriesHeard.inc({ kind: delivery.kind });
        if (delivery.stored !== null) reach.heard(delivery.stored.offset);
        flow.hear(delivery);
      })
      .then(async (hearing) => {
        // Only what is stored after the lane is heard can be counted on to be heard.
        if (hasHistory(lane)) flow.begin(await tail().catch(stopping(hearing)));
        return hearing;
      });
    return { key, listeners, flow, history: hasHistory(lane) ? historyOf(account, lane, flow) : null, live };
  };

  const enter = (account: AccountId, lane: Lane, listener: Listener): Open => {
    const key = `${account}.${lane}`;
    const here = open.get(key) ?? openLane(account, lane, key);
    open.set(key, here);
    metrics.lanes.set(open.size);
    here.listeners.add(listener);
    return here;
  };

  const leave = (here: Open, listener: Listener): void => {
    here.listeners.delete(listener);
    if (here.listeners.size === 0 && open.get(here.key) === here) close(here);
  };

  const unwatch = link.onChange((isUp) => {
    const flows = [...open.values()].map(({ flow }) => flow);
    if (!isUp) for (const flow of flows) flow.advance(reach.reached());
    for (const flow of flows) flow.doubt();
    if (isUp) void fillAll(flows);
  });

  return {
    join: async (account, lanes, listener) => {
      const entered = lanes.map((lane) => enter(account, lane, listener));
      try {
        await Promise.all(entered.map(({ live }) => live));
      } catch (error) {
        for (const here of entered) leave(here, listener);
        throw error;
      }
      return new Place(entered, listener, leave);
    },
    reached: reach.reached,
    stop: () => {
      unwatch();
      reach.stop();
      open.clear();
    },
  };
};

type Leave = (here: Open, listener: Listener) => void;

// A class, because there is one for each socket: no closure is made for it.
class Place implements Joined {
  readonly #entered: readonly Open[];
  readonly #listener: Listener;
  readonly #leave: Leave;

  constructor(entered: readonly Open[], listener: Listener, leave: Leave) {
    this.#entered = entered;
    this.#listener = listener;
    this.#leave = leave;
  }

  get history(): LaneHistory {
    const stored = this.#entered.find(({ history }) => history !== null)?.history;
    if (stored == null) throw new TypeError('a subscription has a lane that is stored');
    return stored;
  }

  stop(): void {
    for (const here of this.#entered) this.#leave(here, this.#listener);
  }
}

/** Once for all sockets: they are written to at the end of the tick, before whatever else is put off from now on. */
const measure = ({ publishedAt }: HeardDelivery, { deliverySeconds }: GatewayMetrics): void => {
  if (publishedAt === undefined) return;
  setImmediate(() => deliverySeconds.observe(Math.max(0, Date.now() - publishedAt) / 1_000));
};

/** What goes to all customers at once is presence alone, and never stored. */
const hasHistory = (lane: Lane): boolean => lane !== 'contacts';

const stopping =
  (hearing: { readonly stop: () => void }) =>
  (error: unknown): never => {
    hearing.stop();
    throw error;
  };

const endOthers = (open: ReadonlyMap<string, Open>, epoch: string): void => {
  for (const { flow } of [...open.values()]) if (flow.epoch !== null && flow.epoch !== epoch) flow.end();
};

const fillAll = async (flows: readonly LaneFlow[]): Promise<void> => {
  const queue = flows.values();
  const work = async (): Promise<void> => {
    for (const flow of queue) await flow.fill();
  };
  await Promise.all(Array.from({ length: FILLING_AT_ONCE }, work));
};
