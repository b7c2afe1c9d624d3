import { describe, expect, it } from 'vitest';
import { fullBucket, take, type Bucket } from './rate.ts';

const limits = { burst: 3, perSecond: 2, refusals: 2 };

/** Takes at each of these times, in ms. */
const outcomes = (...times: number[]): string[] => {
  let bucket: Bucket = fullBucket(limits, 0);
  return times.map((now) => {
    const result = take(bucket, limits, now);
    bucket = result.bucket;
    return result.outcome;
  });
};

describe('a token bucket', () => {
  it('lets a burst through and no more', () => {
    expect(outcomes(0, 0, 0, 0)).toEqual(['taken', 'taken', 'taken', 'refused']);
  });

  it('fills again with time, and never beyond the burst', () => {
    expect(outcomes(0, 0, 0, 499, 500, 501)).toEqual(['taken', 'taken', 'taken', 'refused', 'taken', 'refused']);
    expect(outcomes(60_000, 60_000, 60_000, 60_000)).toEqual(['taken', 'taken', 'taken', 'refused']);
  });

  it('calls refusals persistent until it has been full again', () => {
    expect(outcomes(0, 0, 0, 0, 0, 0).at(-1)).toBe('persistent');
    expect(outcomes(0, 0, 0, 0, 0, 1_500, 1_500, 1_500, 1_500).at(-1)).toBe('refused');
  });

  it('takes a clock that goes back for one that stands still', () => {
    expect(outcomes(1_000, 0, 0, 0)).toEqual(['taken', 'taken', 'taken', 'refused']);
  });
});
