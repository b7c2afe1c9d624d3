/** Where the projector is in its work, as it tells those who watch over it (pure). */
import type { Health } from '@cablehub/process';

export type ProjectorHealth = {
  /** A run begins: views are adopted, fetched or rebuilt, and nothing is published. */
  readonly prepares: () => void;
  /** Views are open, true for a position. */
  readonly works: (position: number) => void;
  /** A batch was taken. */
  readonly took: (position: number) => void;
  /** A run ended in a fault; another follows. */
  readonly fails: () => void;
  /** The work has ended for good. */
  readonly ends: () => void;
  readonly now: () => Health;
};

type Surroundings = {
  readonly isUp: () => boolean;
  readonly isHeld: () => boolean;
  /** The last position of the log, as last heard; null: not heard yet. */
  readonly newest: () => number | null;
};

/**
 * Once so near to the end of the log, a run counts as caught up for as long as it lasts: a burst of events is work, not
 * a reason to send for help.
 */
const NEAR = 1_000;

type Phase = 'rebuilding' | 'working' | 'failing' | 'ended';

/**
 * Live until the work has ended for good. Ready are a replica that stands by, and one that works and had caught up; without
 * NATS none is.
 */
export const projectorHealth = ({ isUp, isHeld, newest }: Surroundings): ProjectorHealth => {
  let phase: Phase = 'rebuilding';
  let position = 0;
  let hasCaughtUp = false;
  const lag = (): number | null => {
    const last = newest();
    return last === null ? null : Math.max(0, last - position);
  };

  const stateNow = (): string => {
    if (phase === 'ended') return phase;
    if (!isHeld()) return 'standing by';
    return phase === 'working' && !hasCaughtUp ? 'catching up' : phase;
  };

  return {
    prepares: () => {
      phase = 'rebuilding';
      hasCaughtUp = false;
    },
    works: (at) => {
      phase = 'working';
      position = at;
    },
    took: (at) => (position = at),
    fails: () => (phase = 'failing'),
    ends: () => (phase = 'ended'),
    now: () => {
      const behind = lag();
      hasCaughtUp ||= phase === 'working' && behind !== null && behind <= NEAR;
      const state = stateNow();
      return {
        isLive: phase !== 'ended',
        isReady: isUp() && (state === 'standing by' || state === 'working'),
        state,
        details: { nats: isUp(), position, ...(behind === null ? {} : { lag: behind }) },
      };
    },
  };
};
