import { newEvent } from '@cablehub/events/testing';
import type { ContactId, ContactInboxId, ConversationId, InboxId, MessageId, TeamId, UserId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { given } from './commands.fixture.ts';
import {
  assign,
  assignTeam,
  beginConversation,
  changeStatus,
  createContact,
  deleteMessage,
  mergeContacts,
  openSession,
  reportStatus,
  seeByContact,
  submitValues,
  writeAsAgent,
  writeAsContact,
} from './index.ts';

const token = (name: string): string => `token-of-${name}-000000`;
const people = [
  newEvent('account.created', { name: 'Acme' }),
  newEvent('user.created', { id: 1, name: 'John', pubsub_token: token('john') }),
  newEvent('agent.added', { user_id: 1 }),
  newEvent('user.created', { id: 2, name: 'Ann', pubsub_token: token('ann') }),
  newEvent('agent.added', { user_id: 2, role: 'administrator' }),
  newEvent('team.created', { id: 1, name: 'sales' }),
  newEvent('inbox.created', { id: 1, name: 'Api', channel: 'Channel::Api' }),
  newEvent('inbox.created', { id: 2, name: 'One', channel: 'Channel::Api', lock_to_single_conversation: true }),
];
const customer = [
  newEvent('contact.created', { id: 12, name: 'jane', email: 'jane@acme.inc' }),
  newEvent('contact_inbox.created', {
    id: 10,
    contact_id: 12,
    inbox_id: 1,
    source_id: 'source',
    pubsub_token: token('jane'),
  }),
  newEvent('conversation.created', { id: 8, inbox_id: 1, contact_inbox_id: 10 }),
];
const all = [...people, ...customer];
const conversation = 8 as ConversationId;
const [john, ann] = [1 as UserId, 2 as UserId];
const typesOf = ({ events }: { readonly events: readonly { readonly type: string }[] }) =>
  events.map(({ type }) => type);

describe('a customer who writes', () => {
  const write = writeAsContact({ conversation, content: 'hi', echoId: 'e' });
  const inStatus = (status: 'resolved' | 'snoozed') => newEvent('conversation.status_changed', { id: 8, status });

  it('adds a message under an id of its own', () => {
    expect(given(all).when(write).events).toMatchObject([
      {
        type: 'message.created',
        data: { id: 100, message_type: 'incoming', sender: { type: 'Contact', id: 12 }, echo_id: 'e' },
        expectedVersion: 0,
      },
    ]);
  });

  it.each(['resolved', 'snoozed'] as const)('opens again what was %s, then is told of', (status) => {
    const decided = given([...all, inStatus(status)]).when(write);
    expect(decided.events).toMatchObject([
      { type: 'conversation.status_changed', data: { status: 'open' }, expectedVersion: 12 },
      { type: 'message.created', data: { message_type: 'incoming' } },
      { type: 'message.created', data: { message_type: 'activity' } },
    ]);
  });

  it('opens nothing while blocked', () => {
    const blocked = newEvent('contact.updated', { id: 12, blocked: true });
    expect(typesOf(given([...all, inStatus('resolved'), blocked]).when(write))).toEqual(['message.created']);
  });

  it('says something', () => {
    const { decision } = given(all).when(writeAsContact({ conversation, content: ' ' }));
    expect(decision).toMatchObject({ ok: false, refusal: { reason: 'invalid', attribute: 'content' } });
  });
});

describe('an agent who writes', () => {
  it('is the sender', () => {
    expect(
      given(all).when(writeAsAgent({ conversation, by: john, content: 'hello', isPrivate: true })).events,
    ).toMatchObject([
      { data: { message_type: 'outgoing', private: true, sender: { type: 'User', id: 1 }, performer_id: 1 } },
    ]);
  });

  it('takes a message away, but not its place', () => {
    const message = newEvent('message.created', {
      id: 5,
      conversation_id: 8,
      message_type: 'outgoing',
      content: 'oops',
    });
    const { events } = given([...all, message]).when(
      deleteMessage({ conversation, message: 5 as MessageId, by: john }),
    );
    expect(events).toMatchObject([
      { type: 'message.updated', data: { content: 'This message was deleted', content_attributes: { deleted: true } } },
    ]);
  });

  it('does not make what was read delivered again', () => {
    const read = newEvent('message.created', { id: 5, conversation_id: 8, message_type: 'outgoing', status: 'read' });
    const report = reportStatus({ conversation, message: 5 as MessageId, status: 'delivered' });
    expect(given([...all, read]).when(report).events).toEqual([]);
  });
});

describe('a status', () => {
  it('changes with a message that tells of it', () => {
    expect(given(all).when(changeStatus({ conversation, by: ann })).events).toMatchObject([
      { type: 'conversation.status_changed', data: { status: 'resolved', performer_id: 2 }, expectedVersion: 11 },
      { data: { message_type: 'activity', content: 'Conversation was marked resolved by Ann' } },
    ]);
  });

  it('opened by an agent who is no administrator, gives the conversation to them', () => {
    const pending = newEvent('conversation.status_changed', { id: 8, status: 'pending' });
    const open = (by: UserId) =>
      typesOf(given([...all, pending]).when(changeStatus({ conversation, by, status: 'open' })));
    expect(open(ann)).toEqual(['conversation.status_changed', 'message.created']);
    expect(open(john)).toEqual([
      'conversation.status_changed',
      'message.created',
      'conversation.assignee_changed',
      'message.created',
    ]);
  });

  it('that it has already changes nothing', () => {
    expect(given(all).when(changeStatus({ conversation, by: ann, status: 'open' })).events).toEqual([]);
  });
});

describe('an assignment', () => {
  it('tells who gave it to whom', () => {
    expect(given(all).when(assign({ conversation, by: ann, assignee: john })).events).toMatchObject([
      { type: 'conversation.assignee_changed', data: { assignee_id: 1 } },
      { data: { content: 'Assigned to John by Ann' } },
    ]);
    expect(given(all).when(assignTeam({ conversation, by: ann, team: 1 as TeamId })).events).toMatchObject([
      { type: 'conversation.team_changed', data: { team_id: 1 } },
      { data: { content: 'Assigned to sales by Ann' } },
    ]);
  });

  it('to somebody unknown is to nobody', () => {
    expect(given(all).when(assign({ conversation, by: ann, assignee: 77 as UserId })).events).toEqual([]);
  });
});

describe('a customer who has read', () => {
  it('makes every message to them read', () => {
    const to = (id: number, rest: object) =>
      newEvent('message.created', { id, conversation_id: 8, message_type: 'outgoing', ...rest });
    const events = [
      ...all,
      to(5, {}),
      to(6, { status: 'read' }),
      to(7, { private: true }),
      to(9, { status: 'delivered' }),
    ];
    expect(given(events).when(seeByContact(conversation)).events).toMatchObject([
      { type: 'conversation.contact_seen' },
      { data: { id: 5, status: 'read' } },
      { data: { id: 9, status: 'read' } },
    ]);
  });

  it('rates within 14 days', () => {
    const survey = newEvent(
      'message.created',
      { id: 5, conversation_id: 8, message_type: 'template', content_type: 'input_csat' },
      { time: '2024-02-10T12:00:00.000Z' },
    );
    const submittedValues = { csat_survey_response: { rating: 5 } };
    const { decision } = given([...all, survey]).when(
      submitValues({ conversation, message: 5 as MessageId, submittedValues }),
    );
    expect(decision).toMatchObject({ ok: false, refusal: { reason: 'refused' } });
  });
});

describe('a customer who comes', () => {
  const open = (fields: object, sourceId?: string) =>
    openSession({ inbox: 1 as InboxId, fields, ...(sourceId === undefined ? {} : { sourceId }) });

  it('finds the session of their source id', () => {
    const { decision } = given(all).when(open({}, 'source'));
    expect(decision).toMatchObject({ ok: true, events: [], result: { session: 10, contact: 12 } });
  });

  it('finds the contact of their e-mail address, in any case', () => {
    const { events, decision } = given(all).when(open({ email: 'JANE@acme.inc' }));
    expect(events).toMatchObject([{ type: 'contact_inbox.created', data: { contact_id: 12, source_id: 'id-1' } }]);
    expect(decision).toMatchObject({ claims: [] });
  });

  it('becomes a contact with a name, and claims what only one may have', () => {
    const { events, decision } = given(people).when(open({ email: 'new@acme.inc' }, 'mine'));
    expect(events).toMatchObject([
      { type: 'contact.created', data: { id: 100, name: 'amber-bird-0', email: 'new@acme.inc' }, expectedVersion: 0 },
      { type: 'contact_inbox.created', data: { id: 101, contact_id: 100, source_id: 'mine' }, expectedVersion: 0 },
    ]);
    expect(decision).toMatchObject({
      claims: [
        { kind: 'email', value: 'new@acme.inc', id: 100 },
        { kind: 'source_id.1', value: 'mine', id: 101 },
      ],
    });
  });

  it('goes on with their conversation where an inbox is locked to one', () => {
    const session = { id: 20, contact_id: 12, inbox_id: 2, source_id: 'two', pubsub_token: token('two') };
    const begun = [
      ...all,
      newEvent('contact_inbox.created', session),
      newEvent('conversation.created', { id: 9, inbox_id: 2, contact_inbox_id: 20 }),
    ];
    const begin = (one: number) => given(begun).when(beginConversation({ session: one as ContactInboxId })).decision;
    expect(begin(20)).toMatchObject({ events: [], result: { id: 9 } });
    expect(begin(10)).toMatchObject({ result: { id: 100 } });
  });
});

describe('two contacts', () => {
  it('do not have one e-mail address', () => {
    const { decision } = given(all).when(createContact({ fields: { email: 'jane@acme.inc' }, by: john }));
    expect(decision).toMatchObject({ ok: false, refusal: { reason: 'invalid', attribute: 'email' } });
  });

  it('become one: everything moves, then one goes, and the other gains what it has not', () => {
    const base = newEvent('contact.created', { id: 13, name: 'Jane', phone_number: '+491' });
    const merge = mergeContacts({ base: 13 as ContactId, mergee: 12 as ContactId, by: john });
    expect(given([...all, base]).when(merge).events).toMatchObject([
      { type: 'conversation.contact_changed', data: { id: 8, contact_id: 13 } },
      { type: 'contact.merged', data: { id: 12, into_id: 13 } },
      { type: 'contact.updated', data: { id: 13, email: 'jane@acme.inc', phone_number: '+491' } },
    ]);
  });
});
