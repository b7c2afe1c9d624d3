/** The log, read one batch ahead of the work. */
import type { EventLog, LogEntry } from '@cablehub/log';
import type { Views } from './views.ts';

export type ReadAhead = {
  /** The next batch; null: the signal has ended the reading. Faults: those of the log. */
  readonly next: () => Promise<readonly LogEntry[] | null>;
  /** The next batch if it comes before `end` is over; null: it does not, and is left to the next call. Rejects as `end` does. */
  readonly nextBefore: (end: Promise<unknown>) => Promise<readonly LogEntry[] | null>;
  readonly end: () => Promise<void>;
};

type Options = { readonly signal: AbortSignal; readonly maxBatch?: number };

/** Reads on from where the views are. */
export const readAhead = (log: EventLog, views: Views, { signal, maxBatch = 500 }: Options): ReadAhead => {
  const over = new AbortController();
  const options = { after: views.checkpoint(), signal: AbortSignal.any([signal, over.signal]), maxBatch };
  const reading = log.follow(options)[Symbol.asyncIterator]();
  let coming: Promise<readonly LogEntry[] | null> | null = null;

  const ask = (): Promise<readonly LogEntry[] | null> => {
    coming ??= reading.next().then(({ done, value }) => (done ? null : value));
    coming.catch(() => undefined); // whoever asks for it hears of it
    return coming;
  };
  const take = (entries: readonly LogEntry[] | null): readonly LogEntry[] | null => {
    if (entries !== null) coming = null;
    return entries;
  };

  return {
    next: async () => take(await ask()),
    nextBefore: async (end) => take(await Promise.race([ask().catch(() => null), end.then(() => null)])),
    end: async () => {
      // One that waits for entries would wait for ever.
      over.abort();
      await reading.return?.().catch(() => undefined);
    },
  };
};
