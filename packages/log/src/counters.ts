/**
 * Counters: whole numbers that are given once each, whoever asks, for the ids of what the hub makes itself.
 *
 * Two adapters keep the promises: a JetStream bucket (counters-jetstream.ts) and a map (counters-memory.ts), held to them by
 * counters.contract.ts.
 */

export interface Counters {
  /**
   * The first of `count` numbers in a row that were never given before and never will be again, all greater than `above`
   * (default 0).
   *
   * They follow on what was given last, so what is given is dense, but for what was asked for and never heard of because of
   * a fault. Faults: `nats_unavailable`.
   */
  take(counter: string, count: number, above?: number): Promise<number>;
}

/** The numbers after `last` and `above`, when `count` are taken. Throws a RangeError when there are no more. */
export const following = (
  last: number,
  count: number,
  above: number,
): { readonly first: number; readonly last: number } => {
  const first = Math.max(last, above) + 1;
  const end = first + (count - 1);
  if (!Number.isSafeInteger(end) || count < 1) throw new RangeError(`no ${count} numbers can be given above ${above}`);
  return { first, last: end };
};

/** Gives one number of a counter, greater than `above` (default 0). */
export type TakeOne = (counter: string, above?: number) => Promise<number>;

type Waiting = {
  readonly above: number;
  readonly resolve: (id: number) => void;
  readonly reject: (fault: unknown) => void;
};

/**
 * Numbers one by one. Those who ask for the same counter while a request is under way are served together by the next, in the
 * order they asked; nobody takes more than is asked for.
 */
export const takeTogether = (counters: Counters): TakeOne => {
  const waiting = new Map<string, Waiting[]>();

  const serve = async (counter: string): Promise<void> => {
    for (;;) {
      const served = waiting.get(counter)?.splice(0) ?? [];
      if (served.length === 0) return void waiting.delete(counter);
      try {
        const first = await counters.take(counter, served.length, Math.max(...served.map(({ above }) => above)));
        served.forEach(({ resolve }, index) => resolve(first + index));
      } catch (fault) {
        for (const { reject } of served) reject(fault);
      }
    }
  };

  return (counter, above = 0) =>
    new Promise((resolve, reject) => {
      const one: Waiting = { above, resolve, reject };
      const queue = waiting.get(counter);
      if (queue !== undefined) return void queue.push(one);
      waiting.set(counter, [one]);
      void serve(counter);
    });
};
