import { describe, expect, it } from 'vitest';
import { emptyChat, hearAsCustomer, isAnswered, startedWith } from './customer-chat.ts';
import { conversation, frame, message } from './demo.builder.ts';

const live = { now: 1_000, missedUntil: null };
const chat = startedWith(emptyChat, { id: 7, messages: [message()] });
const agent = { id: 1, name: 'John', type: 'user' };

describe('a customer’s chat', () => {
  it('shows a reply, counts it as unread, and ends the typing', () => {
    const typing = hearAsCustomer(
      chat,
      frame('conversation.typing_on', { conversation: { id: 7 }, user: agent }),
      live,
    );
    expect(typing.typing).toEqual({ name: 'John', until: 31_000 });
    const reply = hearAsCustomer(typing, frame('message.created', message({ id: 2, message_type: 1 })), live);
    expect(reply).toMatchObject({ typing: null, unread: 1 });
    expect(reply.thread).toHaveLength(2);
  });

  it('counts a reply once, however often it comes', () => {
    const reply = frame('message.created', message({ id: 2, message_type: 1 }));
    expect(hearAsCustomer(hearAsCustomer(chat, reply, live), reply, live).unread).toBe(1);
  });

  it('leaves other conversations and its own typing alone', () => {
    const other = frame('message.created', message({ conversation_id: 8 }));
    const own = frame('conversation.typing_on', { conversation: { id: 7 }, user: { ...agent, type: 'contact' } });
    expect(hearAsCustomer(chat, other, live)).toBe(chat);
    expect(hearAsCustomer(chat, own, live)).toBe(chat);
  });

  it('shows that the conversation was resolved, and that this came back', () => {
    const resolved = frame('conversation.status_changed', conversation({ status: 'resolved', updated_at: 100 }));
    const after = hearAsCustomer(chat, resolved, { now: 1_000, missedUntil: 200_000 });
    expect(after).toMatchObject({ status: 'resolved', cameBack: 1 });
    const read = startedWith(chat, { id: 7, status: 'resolved' }, 'read');
    const told = hearAsCustomer(read, resolved, { now: 1_000, missedUntil: 200_000 });
    expect(told).toMatchObject({ status: 'resolved', cameBack: 1 });
    expect(hearAsCustomer(told, resolved, { now: 1_000, missedUntil: 200_000 }).cameBack).toBe(1);
  });

  it('knows whether anybody is there', () => {
    const there = hearAsCustomer(chat, frame('presence.update', { users: { 1: 'busy', 2: 'online' } }), live);
    expect([isAnswered(chat), isAnswered(there)]).toEqual([false, true]);
  });
});
