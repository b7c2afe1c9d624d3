import { describe, expect, it } from 'vitest';
import { cutsOf } from './cuts.ts';

const plan = { clients: 20, cuts: 3, events: 150 };

describe('the cuts', () => {
  it('meet each client as often', () => {
    const times = cutsOf(plan).reduce((seen, { client }) => seen.set(client, (seen.get(client) ?? 0) + 1), new Map());
    expect([...times]).toEqual(Array.from({ length: 20 }, (_, client) => [client, 3]));
  });

  it('come while events flow: after the first, and well before the last', () => {
    const moments = cutsOf(plan).map(({ after }) => after);
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...moments)).toBeLessThanOrEqual(105);
    expect(new Set(moments).size).toBeGreaterThan(30);
  });

  it('are the same in every run', () => expect(cutsOf(plan)).toEqual(cutsOf(plan)));
});
