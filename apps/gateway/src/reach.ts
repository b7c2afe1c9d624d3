/**
 * How far the lanes together have got.
 *
 * NATS sends what it republishes on one connection in the order of DELIVERIES, so hearing one delivery says that all
 * before it were heard, on whatever lane. Where nothing is heard, the end of DELIVERIES is looked up now and then;
 * it counts one round later, when whatever was on its way has come.
 */
import type { NatsLink, Tail } from '@cablehub/log';

export type ReachOptions = {
  readonly tail: () => Promise<Tail>;
  readonly link: Pick<NatsLink, 'isUp' | 'onChange'>;
  /** Whether no lane may have a hole. */
  readonly isSettled: () => boolean;
  readonly markMs: number;
  /** Told the epoch whenever the end is looked up: DELIVERIES may have been made anew. */
  readonly epochSeen: (epoch: string) => void;
};

export interface Reach {
  heard(offset: number): void;
  /** It does not grow while a lane may have a hole. */
  reached(): number;
  stop(): void;
}

export const startReach = ({ tail, link, isSettled, markMs, epochSeen }: ReachOptions): Reach => {
  let reached = 0;
  let newest = 0;
  let marked: Tail | null = null;

  const raise = (): void => {
    if (isSettled()) reached = Math.max(reached, newest);
  };

  const mark = async (): Promise<void> => {
    const before = marked;
    marked = null;
    const found = link.isUp() ? await tail().catch(() => null) : null;
    if (found === null) return;
    epochSeen(found.epoch);
    if (before !== null && before.epoch !== found.epoch) reached = newest = 0;
    else if (before !== null) newest = Math.max(newest, before.offset);
    marked = found;
  };

  const timer = setInterval(() => void mark(), markMs);
  const unwatch = link.onChange(() => {
    // What was on its way when the connection went may never come.
    if (marked !== null) marked = { ...marked, offset: 0 };
  });

  return {
    heard: (offset) => {
      newest = Math.max(newest, offset);
    },
    reached: () => {
      raise();
      return reached;
    },
    stop: () => {
      clearInterval(timer);
      unwatch();
    },
  };
};
