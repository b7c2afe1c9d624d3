import { describe, expect, it } from 'vitest';
import { describeCounters } from './counters.contract.ts';
import { memoryCounters } from './counters-memory.ts';
import { takeTogether } from './counters.ts';

describeCounters('memory', async (replicas) => {
  const counters = memoryCounters();
  return Array.from({ length: replicas }, () => counters);
});

describe('numbers taken together', () => {
  it('are refused to those who waited for a take that failed, and to nobody after them', async () => {
    const working = memoryCounters();
    let isFailing = true;
    const takeOne = takeTogether({
      take: async (...asked) => {
        if (isFailing) throw new Error('NATS is away');
        return working.take(...asked);
      },
    });
    const refused = await Promise.allSettled([takeOne('a'), takeOne('a')]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isFailing = false;
    expect(await takeOne('a')).toBe(1);
  });
});
