/** Several figures for one thing (pure). */
import { max, median, min } from 'simple-statistics';

export type Summary = { readonly median: number; readonly min: number; readonly max: number; readonly runs: number };

/** Faults: a RangeError when there is nothing to summarise. */
export const summaryOf = (figures: readonly number[]): Summary => {
  if (figures.length === 0) throw new RangeError('nothing was measured');
  const values = [...figures];
  return { median: median(values), min: min(values), max: max(values), runs: values.length };
};
