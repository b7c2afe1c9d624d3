import { describe, expect, it } from 'vitest';
import { message } from './demo.builder.ts';
import { failed, keyOf, merge, mergeAll, without, type ShownMessage } from './thread.ts';

const pending: ShownMessage = { ...message({ id: 0, echo_id: 'e1', created_at: 50 }), isPending: true };

describe('a thread', () => {
  it('shows messages in the order of their time and id', () => {
    const thread = mergeAll([], [message({ id: 3, created_at: 102 }), message({ id: 2 }), message({ id: 1 })]);
    expect(thread.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('shows a message once, however often it comes', () => {
    const once = merge([], message());
    const twice = merge(once.thread, message(), 'missed');
    expect(twice).toEqual({ thread: [message({ echo_id: null })], isNews: false });
  });

  it('replaces what is pending when the hub gives it an id, and keeps its key', () => {
    const { thread, isNews } = merge([pending], message({ id: 9, echo_id: 'e1' }));
    expect(thread).toEqual([message({ id: 9, echo_id: 'e1' })]);
    expect(isNews).toBe(true);
    expect(keyOf(thread[0]!)).toBe(keyOf(pending));
  });

  it('keeps the echo id when a later frame has none', () => {
    const known = merge([pending], message({ id: 9, echo_id: 'e1' })).thread;
    const read = merge(known, message({ id: 9, status: 'read', updated_at: '2026-01-01T00:00:01.000Z' })).thread;
    expect(read[0]).toMatchObject({ echo_id: 'e1', status: 'read' });
  });

  it('shows what is pending once, also when it was read before the hub answered', () => {
    const both = mergeAll([pending], [message({ id: 9 })], 'read');
    const { thread } = merge(both, message({ id: 9, echo_id: 'e1' }));
    expect(thread).toMatchObject([{ id: 9, echo_id: 'e1' }]);
    expect(thread[0]).not.toHaveProperty('isPending');
  });

  it('shows what is pending once, also when somebody has seen it before the hub answered', () => {
    const seen = message({ id: 9, status: 'read', updated_at: '2026-01-01T00:00:02.000Z' });
    const { thread, isNews } = merge(merge([pending], seen).thread, message({ id: 9, echo_id: 'e1' }));
    expect(thread).toMatchObject([{ id: 9, echo_id: 'e1', status: 'read' }]);
    expect(isNews).toBe(false);
  });

  it('does not go back to an older version', () => {
    const read = merge([], message({ status: 'read', updated_at: '2026-01-01T00:00:02.000Z' })).thread;
    expect(merge(read, message())).toEqual({ thread: read, isNews: false });
  });

  it('marks what came back only when it tells something', () => {
    const [shown] = merge([], message(), 'missed').thread;
    expect(shown?.cameBack).toBe(true);
    const known = merge([], message()).thread;
    expect(merge(known, message(), 'missed').thread[0]?.cameBack).toBeUndefined();
    expect(merge(known, message({ content: 'Hi', updated_at: '2027' }), 'missed').thread[0]?.cameBack).toBe(true);
  });

  it('marks what came back though it was read before the socket told it, once', () => {
    const read = mergeAll([], [message()], 'read');
    const told = merge(read, message(), 'missed');
    expect(told).toMatchObject({ isNews: true, thread: [{ cameBack: true }] });
    expect(merge(told.thread, message(), 'missed').isNews).toBe(false);
    expect(mergeAll(told.thread, [message()], 'read')).toEqual(told.thread);
  });

  it('keeps what is pending at the end', () => {
    expect(merge([pending], message({ id: 4 })).thread.map(({ id }) => id)).toEqual([4, 0]);
  });

  it('says why a message could not be sent, and lets go of it', () => {
    const thread = failed([pending], 'e1', 'The hub cannot be reached');
    expect(thread[0]).toMatchObject({ failure: 'The hub cannot be reached' });
    expect(thread[0]).not.toHaveProperty('isPending');
    expect(without(thread, 'e1')).toEqual([]);
  });
});
