import type { AccountId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { refusalOf, type HistoryStart, type Kept } from './history.ts';

const HOUR = 3_600_000;
/** A stream of a day, of which the last hour is kept: offsets 500 to 600. */
const kept: Kept = {
  epoch: 'e',
  createdAt: 0,
  first: 500,
  firstAt: 23 * HOUR,
  last: 600,
  lastAt: 24 * HOUR,
  wholeFrom: 23 * HOUR,
  now: 24 * HOUR,
};
const refused = (start: HistoryStart, more: Partial<Kept> = {}) =>
  refusalOf({ accountId: 7 as AccountId, lane: 'agents', start, epoch: 'e' }, { ...kept, ...more });

describe('a start behind an offset', () => {
  it('is met when all that follows is kept, whatever time is said', () => {
    expect(refused({ after: 499 })).toBeNull();
    expect(refused({ after: 600, toldUntil: 0 })).toBeNull();
    expect(refused({ after: 499, toldUntil: 25 * HOUR })).toBeNull();
  });

  it('is refused when something that follows may be gone and was not told', () => {
    expect(refused({ after: 498 })).toBe('expired');
    expect(refused({ after: 7, toldUntil: 23 * HOUR - 1 })).toBe('expired');
  });

  it('is met when all that is gone had been told', () => {
    expect(refused({ after: 7, toldUntil: 23 * HOUR })).toBeNull();
    expect(refused({ after: 7, toldUntil: 24 * HOUR })).toBeNull();
  });

  it('is refused when what is said to be told was removed for want of room, not for its age', () => {
    const full = { firstAt: 23.5 * HOUR, wholeFrom: Infinity };
    expect(refused({ after: 7, toldUntil: 23.5 * HOUR }, full)).toBe('expired');
    expect(refused({ after: 7, toldUntil: 23.5 * HOUR + 1 }, full)).toBeNull();
  });

  it('takes a time before the stream was made for the time when it was made', () =>
    expect(refused({ after: 7, toldUntil: 0 }, { createdAt: 23.2 * HOUR })).toBeNull());

  it('is refused when it is not there yet, or the time is not', () => {
    expect(refused({ after: 601, toldUntil: 24 * HOUR })).toBe('future');
    expect(refused({ after: 7, toldUntil: 24 * HOUR + 1 })).toBe('future');
  });
});
