import { describe, expect, it } from 'vitest';
import { changeThread, emptyInbox, hear, listed, seen, upsert, withoutStaleTyping, withThread } from './agent-inbox.ts';
import { conversation, frame, message } from './demo.builder.ts';

const live = { now: 1_000, missedUntil: null };
const back = { now: 1_000, missedUntil: Date.parse('2026-01-02T00:00:00Z') };
const inbox = withThread(upsert(emptyInbox, [conversation()]), 7, [message()]);

describe('an agent’s inbox', () => {
  it('shows a message in its conversation and on top of the list', () => {
    const reply = message({ id: 2, content: 'More', created_at: 101 });
    const data = { ...reply, conversation: { unread_count: 2, last_activity_at: 101 } };
    const after = hear(inbox, frame('message.created', data), live);
    expect(after.threads.get(7)?.map(({ content }) => content)).toEqual(['Hello', 'More']);
    expect(after.conversations.get(7)).toMatchObject({ unread_count: 2, last_activity_at: 101, messages: [{ id: 2 }] });
    expect(after.cameBack).toBe(0);
  });

  it('keeps an activity out of the list’s preview', () => {
    const before = hear(inbox, frame('message.created', message({ id: 2 })), live);
    const after = hear(before, frame('message.created', message({ id: 3, message_type: 2 })), live);
    expect(after.conversations.get(7)?.messages[0]?.id).toBe(2);
    expect(after.threads.get(7)).toHaveLength(3);
  });

  it('counts what came back, and only that', () => {
    const missed = hear(inbox, frame('message.created', message({ id: 2 })), back);
    const repeat = hear(missed, frame('message.created', message({ id: 2 })), back);
    const later = message({ id: 3, updated_at: '2026-01-03T00:00:00.000Z' });
    const news = hear(repeat, frame('message.created', later), back);
    expect([missed.cameBack, repeat.cameBack, news.cameBack]).toEqual([1, 1, 1]);
    expect(news.threads.get(7)?.map(({ cameBack }) => cameBack ?? false)).toEqual([false, true, false]);
  });

  it('adds a conversation it did not know', () => {
    const after = hear(inbox, frame('conversation.created', conversation({ id: 8 })), live);
    expect([...after.conversations.keys()]).toEqual([7, 8]);
  });

  it('drops a conversation frame that is older than what it shows', () => {
    const older = conversation({ status: 'resolved', updated_at: 99 });
    expect(hear(inbox, frame('conversation.status_changed', older), live)).toBe(inbox);
  });

  it('shows who types until they stop, write, or are silent for half a minute', () => {
    const user = { id: 3, name: 'Ada', type: 'contact' };
    const on = hear(inbox, frame('conversation.typing_on', { conversation: { id: 7 }, user }), live);
    expect(on.typing.get(7)).toEqual({ name: 'Ada', until: 31_000 });
    expect(withoutStaleTyping(on, 30_999)).toBe(on);
    expect(withoutStaleTyping(on, 31_000).typing.size).toBe(0);
    expect(hear(on, frame('conversation.typing_off', { conversation: { id: 7 }, user }), live).typing.size).toBe(0);
    expect(hear(on, frame('message.created', message({ id: 2 })), live).typing.size).toBe(0);
  });

  it('takes presence as it is said, and keeps the customers when they are not mentioned', () => {
    const both = hear(inbox, frame('presence.update', { users: { 1: 'online' }, contacts: { 3: 'online' } }), live);
    const users = hear(both, frame('presence.update', { users: {} }), live);
    expect(users).toMatchObject({ users: {}, contacts: { 3: 'online' } });
  });

  it('renames a customer everywhere', () => {
    const after = hear(inbox, frame('contact.updated', { id: 3, name: 'Ada King' }), live);
    expect(after.conversations.get(7)?.meta.sender.name).toBe('Ada King');
  });

  it('forgets what is unread when the agent looks at it', () => {
    const unread = upsert(inbox, [conversation({ unread_count: 4, updated_at: 200 })]);
    expect(seen(unread, 7).conversations.get(7)?.unread_count).toBe(0);
    expect(seen(inbox, 7)).toBe(inbox);
  });

  it('changes nothing for what it does not know', () => {
    expect(hear(inbox, frame('order.update', {}), live)).toBe(inbox);
    expect(changeThread(inbox, 7, (thread) => thread).threads.get(7)).toBe(inbox.threads.get(7));
  });
});

describe('the list of conversations', () => {
  const me = { id: 1, name: 'John' };
  const all = upsert(emptyInbox, [
    conversation({ id: 1, last_activity_at: 5 }),
    conversation({ id: 2, last_activity_at: 9, meta: { sender: { id: 3, name: 'Ada' }, assignee: me } }),
    conversation({ id: 3, last_activity_at: 7, status: 'resolved' }),
  ]);
  it.each([
    ['all', 'all', [2, 3, 1]],
    ['all', 'open', [2, 1]],
    ['mine', 'all', [2]],
    ['unassigned', 'resolved', [3]],
  ] as const)('for %s and %s has the latest first', (scope, status, ids) => {
    expect(listed(all, { scope, status, me: 1 }).map(({ id }) => id)).toEqual(ids);
  });
});
