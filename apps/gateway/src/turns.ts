/**
 * Work that can wait, a slice at a time: so many clients may come back at once that telling all of them what they missed in one go
 * would keep everybody else waiting.
 */

export interface Turns {
  /** Does some work when its turn comes, in the order asked for. Rejects with what the work throws. */
  take<T>(work: () => T): Promise<T>;
}

export type TurnsOptions = {
  /** How long a slice may take, in ms; the work that is begun in it is done. */
  readonly sliceMs: number;
  /** A clock in ms. */
  readonly now: () => number;
  /** Begins the next slice when everything else has had its chance. */
  readonly later: (slice: () => void) => void;
};

export const createTurns = ({ sliceMs, now, later }: TurnsOptions): Turns => {
  const waiting = new Set<() => void>();

  const slice = (): void => {
    const until = now() + sliceMs;
    for (const work of waiting) {
      waiting.delete(work);
      work();
      if (now() >= until) break;
    }
    if (waiting.size > 0) later(slice);
  };

  return {
    take: (work) =>
      new Promise((resolve, reject) => {
        const turn = (): void => {
          try {
            resolve(work());
          } catch (error) {
            reject(error as Error);
          }
        };
        if (waiting.add(turn).size === 1) later(slice);
      }),
  };
};
