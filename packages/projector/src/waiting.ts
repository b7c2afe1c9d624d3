/** Those who wait until views have come to a position. */
import type { Position } from '@cablehub/events';

export type Waiting = {
  /** Resolves to true when the position is reached, to false when it is not within the limit or the waiting ends. */
  readonly until: (position: Position, limitMs: number) => Promise<boolean>;
  /** The views have come to here. */
  readonly reach: (position: Position) => void;
  /** Nothing will be reached any more. */
  readonly end: () => void;
};

type Waiter = { readonly position: Position; readonly tell: (isReached: boolean) => void };

export const waitingFrom = (start: Position): Waiting => {
  const waiters = new Set<Waiter>();
  let reached = start;
  let hasEnded = false;

  const wait = (position: Position, limitMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const tell = (isReached: boolean): void => {
        clearTimeout(timer);
        waiters.delete(waiter);
        resolve(isReached);
      };
      const waiter: Waiter = { position, tell };
      const timer = setTimeout(tell, limitMs, false);
      waiters.add(waiter);
    });

  return {
    until: async (position, limitMs) => {
      if (position <= reached) return true;
      return hasEnded || limitMs <= 0 ? false : wait(position, limitMs);
    },
    reach: (position) => {
      reached = position;
      for (const waiter of [...waiters]) if (waiter.position <= position) waiter.tell(true);
    },
    end: () => {
      hasEnded = true;
      for (const waiter of [...waiters]) waiter.tell(false);
    },
  };
};
