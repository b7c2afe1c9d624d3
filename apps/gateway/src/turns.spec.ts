import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

/** Turns whose clock and slices are moved by hand. */
const world = () => {
  const slices: (() => void)[] = [];
  const clock = { now: 0 };
  const turns = createTurns({ sliceMs: 10, now: () => clock.now, later: (slice) => void slices.push(slice) });
  const done: string[] = [];
  const take = (name: string, ms: number): Promise<void> =>
    turns.take(() => {
      clock.now += ms;
      done.push(name);
    });
  return { slices, done, take, turns };
};

describe('turns', () => {
  it('do as much as fits into a slice, in order, and leave the rest for the next', () => {
    const { slices, done, take } = world();
    for (const name of ['a', 'b', 'c', 'd']) void take(name, 6);
    expect(done).toEqual([]);
    slices.shift()!();
    expect(done).toEqual(['a', 'b']);
    slices.shift()!();
    expect(done).toEqual(['a', 'b', 'c', 'd']);
    expect(slices).toEqual([]);
  });

  it('begin again when somebody comes after the last', async () => {
    const { slices, done, take } = world();
    const first = take('a', 1);
    slices.shift()!();
    await first;
    void take('b', 1);
    slices.shift()!();
    expect(done).toEqual(['a', 'b']);
  });

  it('tell whoever asked what went wrong, and go on', async () => {
    const { slices, done, take, turns } = world();
    const wrong = turns.take(() => {
      throw new Error('it broke');
    });
    void take('b', 1);
    slices.shift()!();
    await expect(wrong).rejects.toThrow('it broke');
    expect(done).toEqual(['b']);
  });
});
