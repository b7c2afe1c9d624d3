import { describe, expect, it } from 'vitest';
import { capital, clock, day, initials, preciseClock, short, shortTime } from './times.ts';

const noon = new Date(2026, 0, 31, 12, 3, 9, 7).getTime();

describe('a time', () => {
  it('is written in the reader’s time zone', () => {
    expect([clock(noon), preciseClock(noon), day(noon)]).toEqual(['12:03:09', '12:03:09.007', '2026-01-31']);
  });

  it('is a clock today and a day at any other time', () => {
    expect(shortTime(noon, noon + 1_000)).toBe('12:03');
    expect(shortTime(noon, noon + 86_400_000)).toBe('2026-01-31');
  });
});

describe('a number', () => {
  it.each([
    [0, '0'],
    [0.4219, '0.42'],
    [7.32, '7.32'],
    [42.55, '42.5'],
    [128.4, '128'],
    [9_999, '9,999'],
    [12_400, '12.4k'],
    [3_250_000, '3.25M'],
  ])('%d is short: %s', (value, text) => {
    expect(short(value)).toBe(text);
  });
});

describe('a word', () => {
  it('begins with a capital where it stands alone', () => {
    expect([capital('open'), capital('')]).toEqual(['Open', '']);
  });
});

describe('initials', () => {
  it.each([
    ['Ada', 'A'],
    ['Ada King Lovelace', 'AL'],
    ['  ', '?'],
    ['élan vital', 'ÉV'],
  ])('of %j are %s', (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});
