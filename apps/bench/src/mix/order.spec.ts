import { describe, expect, it } from 'vitest';
import { ACCOUNTS, orderOf, type Step } from './order.ts';

const shape = { setUp: 2, round: 5 };
const all = [...orderOf(10_000, shape)];

describe('order of the mix', () => {
  it('is as long as it is asked to be, and the same each time', () => {
    expect(all).toHaveLength(10_000);
    expect([...orderOf(10_000, shape)]).toEqual(all);
    expect([...orderOf(7, shape)]).toEqual(all.slice(0, 7));
  });

  it('makes every account before its customers come', () => {
    const makers = all.slice(0, ACCOUNTS * shape.setUp);
    expect(makers.every(({ step }) => step < shape.setUp)).toBe(true);
    expect(new Set(makers.map(({ account }) => account)).size).toBe(ACCOUNTS);
    expect(all.slice(makers.length).every(({ step }) => step >= shape.setUp)).toBe(true);
  });

  it('plays each round from its first event to its last', () => {
    const rounds = grouped(all);
    const whole = [...rounds.values()].filter((steps) => steps.length === shape.round);
    expect(whole.length).toBeGreaterThan(1_000);
    for (const steps of rounds.values()) expect(steps).toEqual([2, 3, 4, 5, 6].slice(0, steps.length));
  });

  it('has many rounds under way at once', () => {
    const together = new Set(all.slice(5_000, 5_064).map(({ serial }) => serial));
    expect(together.size).toBeGreaterThan(50);
  });
});

const grouped = (steps: readonly Step[]): ReadonlyMap<string, readonly number[]> => {
  const rounds = new Map<string, number[]>();
  for (const { account, round, step } of steps) {
    if (step < shape.setUp) continue;
    const key = `${account}.${round}`;
    rounds.set(key, [...(rounds.get(key) ?? []), step]);
  }
  return rounds;
};
