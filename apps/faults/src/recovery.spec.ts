import { describe, expect, it } from 'vitest';
import { recoveryAfter } from './recovery.ts';

describe('a recovery', () => {
  it('ends with the first frame after the silence a fault falls into', () =>
    expect(recoveryAfter(1_000, [0, 900, 4_000, 4_100])).toBe(3_000));

  it('is not ended by what was under way already', () =>
    expect(recoveryAfter(1_000, [0, 990, 1_010, 1_020, 5_000, 5_010])).toBe(4_000));

  it('leaves a later silence to a later fault', () =>
    expect(recoveryAfter(1_000, [900, 1_100, 2_050, 2_100, 9_000])).toBe(1_050));

  it('is not that of a silence which was there before', () =>
    expect(recoveryAfter(5_000, [1_000, 9_000, 9_100])).toBe(0));

  it('is nothing when nothing came any more', () => expect(recoveryAfter(1_000, [100, 200])).toBe(0));
});
