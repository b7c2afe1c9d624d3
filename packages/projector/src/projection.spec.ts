import type { NewEvent } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { describe, expect, it } from 'vitest';
import { given } from './testing.ts';

const agentToken = 'agent-token-1-0123456789';
const sessionToken = 'session-token-0123456789';
const user = newEvent('user.created', { id: 1, name: 'John', pubsub_token: agentToken });
const agent = newEvent('agent.added', { user_id: 1 });
const at = (clock: string): { time: string } => ({ time: `2024-03-01T${clock}.000Z` });
const conversation: readonly NewEvent[] = [
  user,
  agent,
  newEvent('inbox.created', { id: 1, name: 'Website', channel: 'Channel::WebWidget' }),
  newEvent('inbox.members_changed', { id: 1, added: [1] }),
  newEvent('contact.created', { id: 10, name: 'ada' }),
  newEvent('contact_inbox.created', {
    id: 100,
    contact_id: 10,
    inbox_id: 1,
    source_id: 'source',
    pubsub_token: sessionToken,
  }),
  newEvent('conversation.created', { id: 7, inbox_id: 1, contact_inbox_id: 100 }, at('12:00:00')),
];
const incoming = (id: number, clock: string): NewEvent =>
  newEvent(
    'message.created',
    { id, conversation_id: 7, message_type: 'incoming', content: 'hi', sender: { type: 'Contact', id: 10 } },
    at(clock),
  );
const answer = (id: number, clock: string): NewEvent =>
  newEvent(
    'message.created',
    { id, conversation_id: 7, message_type: 'outgoing', content: 'yes', sender: { type: 'User', id: 1 } },
    at(clock),
  );
const dataOf = (events: readonly NewEvent[], event: NewEvent) => given(events).when(event).told[0]!.data;
const seen = newEvent('conversation.contact_seen', { id: 7 }, at('12:30:00'));

describe('tokens', () => {
  const agentGrant = { kind: 'agent', accountId: 1, userId: 1 };

  it('are granted to a user once they are an agent, in either order', () => {
    expect(given([user]).when(agent).grants).toEqual([{ kind: 'granted', token: agentToken, grant: agentGrant }]);
    expect(given([agent]).when(user).grants).toEqual([{ kind: 'granted', token: agentToken, grant: agentGrant }]);
    expect(given([]).when(user).grants).toEqual([]);
  });

  it('are revoked when the agent is removed', () => {
    const { grants } = given([user, agent]).when(newEvent('agent.removed', { user_id: 1 }));
    expect(grants).toEqual([{ kind: 'revoked', token: agentToken, grant: agentGrant }]);
  });

  it('are exchanged when the user gets a new one, and kept when they do not', () => {
    const renewed = newEvent('user.updated', { id: 1, pubsub_token: 'agent-token-2-0123456789' });
    expect(given([user, agent]).when(renewed).grants).toEqual([
      { kind: 'revoked', token: agentToken, grant: agentGrant },
      { kind: 'granted', token: 'agent-token-2-0123456789', grant: agentGrant },
    ]);
    expect(given([user, agent]).when(newEvent('user.updated', { id: 1, name: 'Jon' })).grants).toEqual([]);
  });

  it('open a session for its contact, and follow it into another contact', () => {
    const grant = { kind: 'contact', accountId: 1, contactId: 10, contactInboxId: 100 };
    const created = conversation.find(({ type }) => type === 'contact_inbox.created')!;
    expect(given(conversation.slice(0, 5)).when(created).grants).toEqual([
      { kind: 'granted', token: sessionToken, grant },
    ]);
    const merged = newEvent('conversation.contact_changed', { id: 7, contact_id: 11 });
    const past = [...conversation, newEvent('contact.created', { id: 11, name: 'ada l.' })];
    expect(given(past).when(merged).grants).toEqual([
      { kind: 'granted', token: sessionToken, grant: { ...grant, contactId: 11 } },
    ]);
  });
});

describe('a conversation', () => {
  it('counts unread messages after the agents have seen it, up to ten', () => {
    const messages = Array.from({ length: 12 }, (_, index) =>
      incoming(index + 1, `12:01:${String(index).padStart(2, '0')}`),
    );
    expect(dataOf([...conversation, ...messages], seen)['unread_count']).toBe(10);
    const looked = newEvent('conversation.agent_seen', { id: 7 }, at('12:01:09'));
    expect(dataOf([...conversation, ...messages, looked], seen)['unread_count']).toBe(2);
  });

  it('waits from the customer’s first unanswered message', () => {
    const started = Date.parse('2024-03-01T12:00:00Z') / 1_000;
    expect(dataOf(conversation, seen)['waiting_since']).toBe(started);
    const answered = [...conversation, incoming(1, '12:01:00'), answer(2, '12:02:00')];
    expect(dataOf(answered, seen)['waiting_since']).toBe(0);
    expect(dataOf([...answered, incoming(3, '12:03:00'), incoming(4, '12:04:00')], seen)['waiting_since']).toBe(
      started + 180,
    );
  });

  it('remembers the first answer of a person', () => {
    const past = [...conversation, answer(1, '12:02:00'), answer(2, '12:03:00')];
    expect(dataOf(past, seen)['first_reply_created_at']).toBe('2024-03-01T12:02:00.000Z');
  });

  it('keeps snoozed_until only while it is snoozed', () => {
    const snoozed = newEvent('conversation.status_changed', {
      id: 7,
      status: 'snoozed',
      snoozed_until: '2024-03-02T00:00:00Z',
    });
    expect(dataOf(conversation, snoozed)['snoozed_until']).toBe('2024-03-02T00:00:00.000Z');
    const opened = newEvent('conversation.status_changed', { id: 7, status: 'open' });
    expect(dataOf([...conversation, snoozed], opened)['snoozed_until']).toBeNull();
  });

  it('never goes back in updated_at, whatever the producers’ clocks say', () => {
    const past = [...conversation, incoming(1, '12:10:00')];
    const late = newEvent('conversation.status_changed', { id: 7, status: 'open' }, at('12:05:00'));
    expect(dataOf(past, late)['updated_at']).toBe(Date.parse('2024-03-01T12:10:00Z') / 1_000);
  });

  it('shows its assignee as presence last found them', () => {
    const assigned = newEvent('conversation.assignee_changed', { id: 7, assignee_id: 1 });
    const statusIn = (events: readonly NewEvent[]) =>
      (dataOf(events, assigned)['meta'] as { assignee: { availability_status: string } }).assignee.availability_status;
    expect(statusIn(conversation)).toBe('offline');
    const busy = newEvent('agent.availability_changed', { user_id: 1, availability: 'busy' });
    expect(statusIn([...conversation, busy])).toBe('busy');
  });

  it('can be answered on a channel with a messaging window only within it', () => {
    const whatsapp = conversation.map((event) =>
      event.type === 'inbox.created'
        ? newEvent('inbox.created', { ...event.data, channel: 'Channel::Whatsapp' })
        : event,
    );
    expect(dataOf(whatsapp, seen)['can_reply']).toBe(false);
    expect(dataOf([...whatsapp, incoming(1, '12:01:00')], seen)['can_reply']).toBe(true);
    const nextDay = newEvent('conversation.contact_seen', { id: 7 }, { time: '2024-03-02T12:02:00.000Z' });
    expect(dataOf([...whatsapp, incoming(1, '12:01:00')], nextDay)['can_reply']).toBe(false);
    expect(dataOf(conversation, seen)['can_reply']).toBe(true);
  });
});

describe('a message', () => {
  it('shows its sender, its performer and the client’s own mark, and has no key for what it lacks', () => {
    const created = newEvent('message.created', {
      id: 1,
      conversation_id: 7,
      message_type: 'outgoing',
      content: 'yes',
      sender: { type: 'User', id: 1 },
      performer_id: 1,
      echo_id: 'tmp-1',
    });
    const data = dataOf(conversation, created);
    expect(data).toMatchObject({
      sender: { id: 1, type: 'user' },
      performer: { id: 1 },
      echo_id: 'tmp-1',
      sender_id: 1,
    });
    expect(data).not.toHaveProperty('attachments');
    const template = newEvent('message.created', { id: 2, conversation_id: 7, message_type: 'template' });
    const bare = dataOf(conversation, template);
    for (const key of ['sender', 'performer', 'echo_id', 'attachments']) expect(bare).not.toHaveProperty(key);
    expect(bare).toMatchObject({ sender_type: null, sender_id: null, message_type: 3 });
  });

  it('carries a bot and attachments as they were described', () => {
    const created = newEvent('message.created', {
      id: 1,
      conversation_id: 7,
      message_type: 'outgoing',
      sender: { type: 'AgentBot', id: 3, name: 'bot' },
      attachments: [{ id: 4, file_type: 'image', data_url: 'https://files.test/4.png', width: 10 }],
    });
    expect(dataOf(conversation, created)).toMatchObject({
      sender: { id: 3, name: 'bot', avatar_url: '', type: 'agent_bot' },
      attachments: [{ id: 4, message_id: 1, account_id: 1, file_type: 'image', width: 10 }],
    });
  });
});

describe('an event that cannot be taken', () => {
  it.each([
    ['an unknown conversation', newEvent('conversation.status_changed', { id: 8, status: 'open' }), 'conversation 8'],
    ['an unknown contact', newEvent('contact.updated', { id: 99, name: 'x' }), 'contact 99'],
    ['an unknown message', newEvent('message.updated', { id: 99 }), 'message 99'],
    ['an unknown inbox', newEvent('conversation.created', { id: 8, inbox_id: 9, contact_inbox_id: 100 }), 'inbox 9'],
    ['an unknown assignee', newEvent('conversation.assignee_changed', { id: 7, assignee_id: 9 }), 'user 9'],
    ['an unknown team', newEvent('conversation.team_changed', { id: 7, team_id: 9 }), 'team 9'],
    ['a thing that exists', newEvent('contact.created', { id: 10, name: 'again' }), 'contact 10'],
  ])('about %s is parked with its reason, changes nothing and tells nobody', (_what, event, named) => {
    const past = given(conversation);
    const before = past.views.get('contacts', 1 as never, 10 as never)!;
    const { outcome, told, grants, views } = past.when(event);
    expect(outcome).toEqual({ kind: 'parked', reason: expect.stringContaining(named) as string });
    expect([told, grants]).toEqual([[], []]);
    expect(views.get('contacts', 1 as never, 10 as never)).toEqual({
      ...before,
      version: expect.any(Number) as number,
    });
    expect(views.parked()).toEqual([
      {
        position: conversation.length + 1,
        accountId: 1,
        type: event.type,
        reason: outcome.kind === 'parked' && outcome.reason,
      },
    ]);
  });

  it('does not stop those after it', () => {
    const past = [...conversation, newEvent('message.updated', { id: 99 })];
    expect(given(past).when(incoming(1, '12:01:00')).told).toHaveLength(2);
  });
});
