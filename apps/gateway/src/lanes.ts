/**
 * The lanes this gateway hears, and who is told what they bring.
 *
 * One NATS subscription per lane, however many sockets: the first listener opens it, the last one closes it. Fan-out is
 * synchronous on purpose: a listener only puts a frame into its socket's outbox, so one never delays another, and
 * frames of a lane keep their order on every socket.
 */
import type { AccountId } from '@cablehub/events';
import type { Deliveries, HeardDelivery, Lane, Stop } from '@cablehub/log';
import type { GatewayMetrics } from './metrics.ts';

/** Takes what a lane brings. Must not throw and must not wait. */
export type Listener = (delivery: HeardDelivery) => void;

export interface Lanes {
  /**
   * Adds a listener to lanes of an account. Resolves when all are live: the listener misses nothing published after
   * that, and may be told things before. Rejects when a lane cannot be opened; then it listens to none of them.
   */
  join(account: AccountId, lanes: readonly Lane[], listener: Listener): Promise<Stop>;
}

type Open = { readonly listeners: Set<Listener>; readonly hearing: Promise<Stop> };

export const createLanes = (deliveries: Pick<Deliveries, 'hear'>, metrics: GatewayMetrics): Lanes => {
  const open = new Map<string, Open>();
  const track = (): void => metrics.lanes.set(open.size);

  const openLane = (account: AccountId, lane: Lane): Open => {
    const listeners = new Set<Listener>();
    const hearing = deliveries.hear(account, lane, (delivery) => {
      metrics.deliveriesHeard.inc({ kind: delivery.kind });
      for (const listener of listeners) listener(delivery);
    });
    return { listeners, hearing };
  };

  const enter = (account: AccountId, lane: Lane, listener: Listener): { live: Promise<Stop>; leave: () => void } => {
    const key = `${account}.${lane}`;
    const here = open.get(key) ?? openLane(account, lane);
    open.set(key, here);
    track();
    here.listeners.add(listener);
    const leave = (): void => {
      here.listeners.delete(listener);
      if (here.listeners.size > 0 || open.get(key) !== here) return;
      open.delete(key);
      track();
      void here.hearing.then(
        ({ stop }) => stop(),
        () => undefined, // it never opened
      );
    };
    return { live: here.hearing, leave };
  };

  return {
    join: async (account, lanes, listener) => {
      const entered = lanes.map((lane) => enter(account, lane, listener));
      const stop = (): void => {
        for (const { leave } of entered) leave();
      };
      try {
        await Promise.all(entered.map(({ live }) => live));
      } catch (error) {
        stop();
        throw error;
      }
      return { stop };
    },
  };
};
