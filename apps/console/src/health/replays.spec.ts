import { describe, expect, it } from 'vitest';
import { shareOf, statusOf, titleOf, type Replay } from './replays.ts';

const replay = (over: Partial<Replay> = {}): Replay => ({
  id: 'a',
  by: 'replay',
  partitions: '0-63',
  state: 'running',
  from: 0,
  position: 25,
  up_to: 100,
  per_second: 5,
  heard_at: 0,
  ...over,
});

describe('a replay', () => {
  it('says how far it is, how fast, and how long it still takes', () => {
    expect([shareOf(replay()), statusOf(replay())]).toEqual([0.25, 'position 25 of 100 · 5 a second · 15 s left']);
    expect(shareOf(replay({ from: 20 }))).toBe(5 / 80);
    expect(statusOf(replay({ position: 0, per_second: 0 }))).toContain('not moving yet');
  });

  it('is whole when it is finished, and when there was nothing to do', () => {
    expect(shareOf(replay({ state: 'finished' }))).toBe(1);
    expect(shareOf(replay({ from: 7, position: 7, up_to: 7 }))).toBe(1);
  });

  it('says how it ended', () => {
    expect(statusOf(replay({ state: 'finished', position: 1_204 }))).toBe(
      'true for position 1,204 · 5 positions a second',
    );
    expect(statusOf(replay({ state: 'stopped' }))).toContain('before it was done');
    expect(statusOf(replay({ state: 'silent' }))).toContain('nothing is heard of it any more');
  });

  it('says who does it, and for which partitions when there are more projectors than one', () => {
    expect(titleOf(replay())).toBe('hub replay rebuilds the views');
    expect(titleOf(replay({ state: 'finished', by: 'verify' }))).toBe('hub verify rebuilt the views to compare them');
    expect(titleOf(replay({ by: 'projector', partitions: '0-31' }))).toBe(
      'The projector rebuilds views of another version, partitions 0-31',
    );
  });
});
