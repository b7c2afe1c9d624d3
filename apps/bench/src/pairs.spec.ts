import { describe, expect, it } from 'vitest';
import { inPairs, severalInPairs } from './pairs.ts';
import { isReached } from './scenario.ts';

const self = { name: 'this', pid: process.pid };

/** Gives one figure after another, and writes down that it was asked. */
const contender = (name: string, figures: readonly number[], asked: string[]) => {
  const left = [...figures];
  return {
    processes: [self],
    run: async () => {
      asked.push(name);
      return left.shift() ?? 0;
    },
  };
};

describe('a measurement in pairs', () => {
  it('warms both up, and then lets each begin in turn', async () => {
    const asked: string[] = [];
    const hub = contender('hub', [0, 9, 8, 7], asked);
    const bare = contender('bare', [0, 10, 10, 10], asked);
    await inPairs({ pairs: 3, say: () => undefined }, { of: 'x', unit: 'y', reach: null, hub, bare });
    expect(asked).toEqual(['hub', 'bare', 'hub', 'bare', 'bare', 'hub', 'hub', 'bare']);
  });

  it('gives the median of the ratios of its pairs, not the ratio of medians', async () => {
    const hub = contender('hub', [0, 100, 10, 50], []);
    const bare = contender('bare', [0, 100, 20, 25], []);
    const line = await inPairs(
      { pairs: 3, say: () => undefined },
      { of: 'x', unit: 'y', reach: { atLeast: 0.85 }, hub, bare },
    );
    expect(line.ratio).toEqual({ median: 1, min: 0.5, max: 2, runs: 3 });
    expect(line.hub.median).toBe(50);
    expect(isReached(line)).toBe(true);
  });

  it('names what every process used, the hub first', async () => {
    const side = (name: string) => ({ processes: [{ ...self, name }], run: async () => [1, 2] as const });
    const lines = await severalInPairs(
      { pairs: 1, say: () => undefined },
      {
        of: 'x',
        hub: side('gateway'),
        bare: side('bare'),
        measures: [
          { unit: 'a', reach: null },
          { unit: 'b', reach: { atMost: 0.5 } },
        ],
      },
    );
    expect(lines.map(({ unit, ratio }) => [unit, ratio?.median])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect(lines[0]?.usage.map(({ name }) => name)).toEqual(['gateway', 'bare']);
    expect(lines.map(isReached)).toEqual([null, false]);
  });
});
