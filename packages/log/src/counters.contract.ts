/** What every adapter of the counters must do. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { takeTogether, type Counters } from './counters.ts';

/** `open` gives several on the same storage, which begins empty. */
export const describeCounters = (name: string, open: (replicas: number) => Promise<readonly Counters[]>): void => {
  describe(`counters in ${name}`, () => {
    let counters: Counters;
    let others: readonly Counters[];
    beforeEach(async () => {
      [counters, ...others] = (await open(3)) as [Counters, ...Counters[]];
    });

    it('begin with 1 and give one number after the other', async () => {
      expect([await counters.take('a', 1), await counters.take('a', 3), await counters.take('a', 1)]).toEqual([
        1, 2, 5,
      ]);
    });

    it('count each for itself', async () => {
      await counters.take('conversation.1', 5);
      expect(await counters.take('conversation.2', 1)).toBe(1);
    });

    it('give nothing that is not above what was asked for, and never go back', async () => {
      expect(await counters.take('a', 2, 100)).toBe(101);
      expect(await counters.take('a', 1, 50)).toBe(103);
      expect(await counters.take('a', 1, 103)).toBe(104);
    });

    it('give nothing that is no whole number any more', async () => {
      await expect(counters.take('a', 2, Number.MAX_SAFE_INTEGER - 1)).rejects.toThrow(RangeError);
      expect(await counters.take('a', 1, Number.MAX_SAFE_INTEGER - 1)).toBe(Number.MAX_SAFE_INTEGER);
      await expect(counters.take('a', 1)).rejects.toThrow(RangeError);
    });

    it('give every number once, without a hole, to replicas that race for them', async () => {
      let run = 0;
      const asks = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 5 })), { minLength: 2, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(asks, async (wanted) => {
          const counter = `race.${++run}`;
          const replicas = [counters, ...others];
          const given = await Promise.all(
            wanted.map(async ([replica, count]) => {
              const first = await replicas[replica]!.take(counter, count);
              return Array.from({ length: count }, (_, index) => first + index);
            }),
          );
          const all = given.flat().toSorted((one, other) => one - other);
          expect(all).toEqual(all.map((_, index) => index + 1));
        }),
        { numRuns: 15 },
      );
    });

    it('give one by one, to each in turn, what those who wait ask for together', async () => {
      let takes = 0;
      const counted: Counters = {
        take: (...asked) => {
          takes++;
          return counters.take(...asked);
        },
      };
      const takeOne = takeTogether(counted);
      const ids = await Promise.all(Array.from({ length: 50 }, () => takeOne('a')));
      expect(ids).toEqual(ids.map((_, index) => index + 1));
      expect(takes).toBe(2);
      expect(await Promise.all([takeOne('a', 70), takeOne('b'), takeOne('a', 90)])).toEqual([71, 1, 91]);
    });
  });
};
