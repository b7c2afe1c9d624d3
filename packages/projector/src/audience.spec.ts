import type { AccountId, ContactInboxId, ConversationId, NewEvent, UserId } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { describe, expect, it } from 'vitest';
import { given, toldBy, type Told } from './testing.ts';
import { announceTyping } from './typing.ts';

const token = (of: string): string => `token-of-${of}`.padEnd(24, '-');

/**
 * Account 1: administrator 1; agents 2 (inbox 1), 3 (inbox 2) and 4 (no inbox). Contact 10 with sessions 100 (inbox 1) and 101
 * (inbox 2); contact 11 with session 110 (inbox 1). Conversation 7 is session 100's, in inbox 1, assigned to agent 4.
 */
const account: readonly NewEvent[] = [
  newEvent('account.created', { name: 'Acme' }),
  ...[1, 2, 3, 4].flatMap((id) => [
    newEvent('user.created', { id, name: `agent ${id}`, pubsub_token: token(`agent-${id}`) }),
    newEvent('agent.added', { user_id: id, role: id === 1 ? 'administrator' : 'agent' }),
  ]),
  ...[1, 2].flatMap((id) => [
    newEvent('inbox.created', { id, name: `inbox ${id}`, channel: 'Channel::Api' }),
    newEvent('inbox.members_changed', { id, added: [id + 1] }),
  ]),
  newEvent('team.created', { id: 5, name: 'sales' }),
  newEvent('contact.created', { id: 10, name: 'ada' }),
  newEvent('contact.created', { id: 11, name: 'bob' }),
  ...[
    { id: 100, contact_id: 10, inbox_id: 1 },
    { id: 101, contact_id: 10, inbox_id: 2 },
    { id: 110, contact_id: 11, inbox_id: 1 },
  ].map((session) =>
    newEvent('contact_inbox.created', {
      ...session,
      source_id: `source-${session.id}`,
      pubsub_token: token(`session-${session.id}`),
    }),
  ),
  newEvent('conversation.created', { id: 7, inbox_id: 1, contact_inbox_id: 100, assignee_id: 4 }),
];
const agentsOfInbox1 = { lane: 'agents', users: [1, 2] };
const ownSession = { lane: 'contact.100', users: 'all' };

const places = (told: readonly Told[]) => told.map(({ lane, users }) => ({ lane, users }));
const hearing = (event: NewEvent, ...before: readonly NewEvent[]) =>
  places(given([...account, ...before]).when(event).told);

const message = (more: object = {}): NewEvent =>
  newEvent('message.created', { id: 1, conversation_id: 7, message_type: 'outgoing', content: 'hi', ...more });

describe('the audience', () => {
  it.each([
    ['conversation.created', newEvent('conversation.created', { id: 8, inbox_id: 1, contact_inbox_id: 110 })],
    ['conversation.assignee_changed', newEvent('conversation.assignee_changed', { id: 7, assignee_id: 2 })],
    ['conversation.team_changed', newEvent('conversation.team_changed', { id: 7, team_id: 5 })],
    ['conversation.contact_changed', newEvent('conversation.contact_changed', { id: 7, contact_id: 11 })],
    ['conversation.contact_seen', newEvent('conversation.contact_seen', { id: 7 })],
  ])('of %s is administrators and members of the inbox: no other agent, no assignee, no customer', (_type, event) => {
    expect(hearing(event)).toEqual([agentsOfInbox1]);
  });

  it.each([
    ['conversation.status_changed', newEvent('conversation.status_changed', { id: 7, status: 'resolved' })],
    ['message.created', message()],
  ])('of %s is those agents and the one customer session', (_type, event) => {
    expect(hearing(event)).toEqual([agentsOfInbox1, ownSession]);
  });

  it('of message.updated is the same as of the message', () => {
    const update = newEvent('message.updated', { id: 1, status: 'read' });
    expect(hearing(update, message())).toEqual([agentsOfInbox1, ownSession]);
    expect(hearing(update, message({ private: true }))).toEqual([agentsOfInbox1]);
    expect(hearing(update, message({ message_type: 'activity' }))).toEqual([agentsOfInbox1]);
  });

  it('of a private note or an activity holds no customer', () => {
    expect(hearing(message({ private: true }))).toEqual([agentsOfInbox1]);
    expect(hearing(message({ message_type: 'activity' }))).toEqual([agentsOfInbox1]);
  });

  it('of a contact is all users of the account, and nobody else', () => {
    const everybody = [{ lane: 'agents', users: 'all' }];
    expect(hearing(newEvent('contact.created', { id: 12, name: 'cy' }))).toEqual(everybody);
    expect(hearing(newEvent('contact.updated', { id: 10, name: 'ada l.' }))).toEqual(everybody);
  });

  it('of a verified session is all verified sessions of the same contact, across inboxes', () => {
    const verified = [100, 101].map((id) => newEvent('contact_inbox.verified', { id }));
    expect(hearing(message(), ...verified)).toEqual([
      agentsOfInbox1,
      ownSession,
      { lane: 'contact.101', users: 'all' },
    ]);
  });

  it('keeps sessions apart that are not verified', () => {
    expect(hearing(message(), newEvent('contact_inbox.verified', { id: 101 }))).toEqual([agentsOfInbox1, ownSession]);
    expect(hearing(message(), newEvent('contact_inbox.verified', { id: 100 }))).toEqual([agentsOfInbox1, ownSession]);
  });

  it('loses an agent who leaves the inbox or the account', () => {
    const left = newEvent('inbox.members_changed', { id: 1, removed: [2] });
    expect(hearing(message({ private: true }), left)).toEqual([{ lane: 'agents', users: [1] }]);
    const removed = newEvent('agent.removed', { user_id: 2 });
    expect(hearing(message({ private: true }), removed)).toEqual([{ lane: 'agents', users: [1] }]);
    const back = newEvent('agent.added', { user_id: 2 });
    expect(hearing(message({ private: true }), removed, back)).toEqual([{ lane: 'agents', users: [1] }]);
  });

  it('gains an agent who becomes administrator', () => {
    const promoted = newEvent('agent.updated', { user_id: 3, role: 'administrator' });
    expect(hearing(message({ private: true }), promoted)).toEqual([{ lane: 'agents', users: [1, 2, 3] }]);
  });

  it('never reaches into another account, whatever ids it uses', () => {
    const other = account.map((event) => ({ ...event, accountId: 2 as AccountId, id: event.id }));
    const { told } = given([...account, ...other]).when(message());
    expect(told.every(({ data }) => data['account_id'] === 1)).toBe(true);
    expect(given(account).when({ ...message(), accountId: 2 as AccountId }).told).toEqual([]);
  });

  it.each([
    'agent.updated',
    'agent.availability_changed',
    'conversation.agent_seen',
    'inbox.members_changed',
    'team.updated',
    'contact_inbox.verified',
  ] as const)('of %s is nobody', (type) => {
    const data = {
      'agent.updated': { user_id: 1, availability: 'busy' },
      'agent.availability_changed': { user_id: 1, availability: 'busy' },
      'conversation.agent_seen': { id: 7 },
      'inbox.members_changed': { id: 1, added: [3] },
      'team.updated': { id: 5, name: 'support' },
      'contact_inbox.verified': { id: 100 },
    }[type];
    expect(hearing(newEvent(type, data as never))).toEqual([]);
  });
});

describe('what a frame shows to whom', () => {
  const contactIn = (told: readonly Told[], lane: string) => {
    const meta = told.find((one) => one.lane === lane)!.data['meta'] as { sender: { pubsub_token: string } };
    return meta.sender.pubsub_token;
  };
  const resolved = newEvent('conversation.status_changed', { id: 7, status: 'resolved' });
  const verified = [100, 101].map((id) => newEvent('contact_inbox.verified', { id }));

  it("shows agents the token of the conversation's own session, as documented", () => {
    expect(contactIn(given(account).when(resolved).told, 'agents')).toBe(token('session-100'));
  });

  it('hides it from agents where the installation says so, and leaves the customer their own', () => {
    const { told } = given(account, { contactTokens: 'hidden' }).when(resolved);
    expect(contactIn(told, 'agents')).toBe('');
    expect(contactIn(told, 'contact.100')).toBe(token('session-100'));
  });

  it("shows a customer session its own token and never a sibling's", () => {
    const { announcements, told } = given([...account, ...verified]).when(resolved);
    expect(contactIn(told, 'contact.100')).toBe(token('session-100'));
    expect(contactIn(told, 'contact.101')).toBe(token('session-101'));
    const sibling = new TextDecoder().decode(announcements.find(({ lane }) => lane === 'contact.101')!.payload);
    expect(sibling).not.toContain(token('session-100'));
  });

  it('leaves the session token out of contact_inbox', () => {
    const { told } = given(account).when(resolved);
    expect(told[0]!.data['contact_inbox']).not.toHaveProperty('pubsub_token');
  });

  it('never puts a private note or an activity into the messages of a conversation', () => {
    const past = [
      message({ id: 1, content: 'for all' }),
      message({ id: 2, content: 'secret', private: true }),
      message({ id: 3, content: 'assigned', message_type: 'activity' }),
    ];
    const { told } = given([...account, ...past]).when(resolved);
    for (const { data } of told) {
      expect(data['messages']).toEqual([expect.objectContaining({ id: 1, content: 'for all' })]);
      expect(JSON.stringify(data)).not.toContain('secret');
    }
  });

  it('does not tell the text of a deleted message again', () => {
    const deleted = newEvent('message.updated', { id: 1, content: 'deleted', content_attributes: { deleted: true } });
    const { told } = given([...account, message({ content: 'regretted' })]).when(deleted);
    expect(JSON.stringify(told)).not.toContain('regretted');
    expect(told[0]!.data['previous_changes']).toEqual({ content_attributes: [{}, { deleted: true }] });
  });

  it('says what an update changed', () => {
    const { told } = given([...account, message()]).when(newEvent('message.updated', { id: 1, status: 'read' }));
    expect(told[0]!.data['previous_changes']).toEqual({ status: ['sent', 'read'] });
  });
});

describe('typing', () => {
  const typing = (
    typist: { kind: 'user'; userId: number } | { kind: 'contact'; contactInboxId: number },
    isPrivate = false,
  ) => {
    const { views } = given([...account, newEvent('contact_inbox.verified', { id: 100 })]);
    const signal = {
      accountId: 1 as AccountId,
      conversationId: 7 as ConversationId,
      status: 'on' as const,
      typist: typist as { kind: 'user'; userId: UserId } | { kind: 'contact'; contactInboxId: ContactInboxId },
      isPrivate,
    };
    return toldBy(announceTyping(views, signal, { now: 0, options: { contactTokens: 'visible' } }));
  };

  it('by an agent is heard by the other agents and the customer', () => {
    const told = typing({ kind: 'user', userId: 2 });
    expect(places(told)).toEqual([{ lane: 'agents', users: [1] }, ownSession]);
    expect(told[0]).toMatchObject({ event: 'conversation.typing_on', data: { account_id: 1, user: { id: 2 } } });
  });

  it('by the customer is heard by the agents and not by the customer', () => {
    expect(places(typing({ kind: 'contact', contactInboxId: 100 }))).toEqual([agentsOfInbox1]);
  });

  it('of a private note never reaches the customer', () => {
    expect(places(typing({ kind: 'user', userId: 2 }, true))).toEqual([{ lane: 'agents', users: [1] }]);
  });

  it('never reaches a sibling session, verified or not', () => {
    expect(places(typing({ kind: 'user', userId: 1 })).map(({ lane }) => lane)).not.toContain('contact.101');
  });

  it('by somebody else is heard by nobody', () => {
    expect(typing({ kind: 'contact', contactInboxId: 110 })).toEqual([]);
    expect(typing({ kind: 'user', userId: 99 })).toEqual([]);
  });
});
