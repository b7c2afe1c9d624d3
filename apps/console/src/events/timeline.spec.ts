import { describe, expect, it } from 'vitest';
import { passes, receivers, summary, windowOf, withNewer, withOlder, type Entry } from './timeline.ts';

const entry = (position: number, over: Partial<Entry> = {}): Entry => ({
  position,
  id: `event-${position}`,
  type: 'message.created',
  time: '2026-01-01T00:00:00.000Z',
  recorded_at: 0,
  source: '/api',
  entity: 'message',
  entity_id: position,
  data: {},
  ...over,
});
const positions = (entries: readonly Entry[]): number[] => entries.map(({ position }) => position);

describe('the timeline', () => {
  const some = [entry(9), entry(7)];

  it('puts the newest on top, each once', () => {
    expect(positions(withNewer(some, [entry(9), entry(12), entry(14), entry(14)]))).toEqual([14, 12, 9, 7]);
    expect(withNewer(some, [entry(8)])).toBe(some);
  });

  it('puts older ones below, in whatever order they come', () => {
    expect(positions(withOlder(some, [entry(2), entry(5), entry(7)]))).toEqual([9, 7, 5, 2]);
    expect(positions(withOlder([], [entry(1), entry(3)]))).toEqual([3, 1]);
  });

  it.each([
    [{ type: '', entity: '' }, true],
    [{ type: 'message.created', entity: '' }, true],
    [{ type: 'message.', entity: 'message' }, true],
    [{ type: 'message', entity: '' }, false],
    [{ type: '', entity: 'message.9' }, true],
    [{ type: '', entity: 'message.99' }, false],
    [{ type: 'contact.', entity: '' }, false],
  ])('lets through what %j asks for: %s', (filter, expected) => {
    expect(passes(entry(9), filter)).toBe(expected);
  });
});

describe('the window of a list', () => {
  const list = { rows: 100_000, rowHeight: 30, overscan: 2 };
  it.each([
    [0, { from: 0, to: 12 }],
    [299, { from: 7, to: 22 }],
    [30 * 99_990, { from: 99_988, to: 100_000 }],
    [30 * 200_000, { from: 100_000, to: 100_000 }],
  ])('at %d holds only rows in sight', (top, rows) => {
    expect(windowOf(list, { top, height: 300 })).toEqual(rows);
  });
});

describe('an event in a line', () => {
  it('has what was said and what it is about', () => {
    expect(summary(entry(1, { data: { id: 1, content: 'Hello', conversation_id: 7 } }))).toBe('Hello · conversation 7');
    expect(summary(entry(1, { data: { id: 1, assignee_id: null } }))).toBe('');
  });

  it('has its first values when it says nothing better', () => {
    const data = { id: 1, user_ids: [1, 2], seen_at: 3, extra: {}, last: 4 };
    expect(summary(entry(1, { data }))).toBe('user ids 1,2 · seen at 3');
  });
});

describe('a receiver', () => {
  it.each([
    ['agents', { kind: 'all' }, 'every user of the account'],
    ['agents', { kind: 'only', users: [1, 5] }, 'user 1, user 5'],
    ['agents', { kind: 'only', users: [] }, 'nobody'],
    ['agents', { kind: 'except', users: [2] }, 'every user but user 2'],
    ['contact.8', null, 'the customer of session 8'],
    ['contacts', null, 'every customer'],
  ] as const)('of %s and %j is named: %s', (lane, audience, text) => {
    expect(receivers({ lane, audience, frame: null })).toBe(text);
  });

  it('has a name where it is known', () => {
    const audience = { kind: 'only', users: [1, 5] } as const;
    expect(receivers({ lane: 'agents', audience, frame: null }, new Map([[5, 'Ann']]))).toBe('user 1, Ann (user 5)');
  });
});
