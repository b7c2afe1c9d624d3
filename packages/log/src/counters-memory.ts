/** Counters in a map: for tests, and to read first. */
import { following, type Counters } from './counters.ts';

export const memoryCounters = (): Counters => {
  const last = new Map<string, number>();
  return {
    take: async (counter, count, above = 0) => {
      const taken = following(last.get(counter) ?? 0, count, above);
      last.set(counter, taken.last);
      return taken.first;
    },
  };
};
