import type { NewEvent, RecordedEvent } from '@cablehub/events';
import { newEvent, recorded } from '@cablehub/events/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { project } from '../projection.ts';
import { queryableViews, type QueryableViews } from '../sqlite-views.ts';
import type { ConversationFilter } from './conversations.ts';

const one = 1 as never;
const two = 2 as never;
const id = (value: number): never => value as never;
const hash = (digit: string): string => digit.repeat(64);
const time = (minute: number): string => new Date(Date.UTC(2024, 2, 1, 12, minute)).toISOString();
const at = (minute: number): number => Date.parse(time(minute));

let views: QueryableViews;
let position: number;
beforeEach(() => {
  views = queryableViews(':memory:');
  position = 0;
});
afterEach(() => views.close());

const take = (...events: readonly NewEvent[]): void => {
  views.begin();
  for (const event of events) {
    const entry = recorded(event, ++position) as RecordedEvent;
    expect(project(views, entry, { contactTokens: 'visible' }).outcome).toEqual({ kind: 'taken' });
  }
  views.commit(position as never);
};
const ids = (rows: readonly { readonly id: number }[]): readonly number[] => rows.map((row) => row.id);

const user = (userId: number, accountId: number, more = {}) =>
  newEvent(
    'user.created',
    { id: userId, name: 'Ada', pubsub_token: `token-of-user-${userId}-24`, ...more },
    { accountId },
  );
const contact = (contactId: number, more = {}, accountId = 1) =>
  newEvent('contact.created', { id: contactId, name: `contact ${contactId}`, ...more }, { accountId });
const inbox = (inboxId: number, more = {}) =>
  newEvent('inbox.created', { id: inboxId, name: 'Api', channel: 'Channel::Api', ...more });
const session = (sessionId: number, contactId: number, more = {}) =>
  newEvent('contact_inbox.created', {
    id: sessionId,
    contact_id: contactId,
    inbox_id: 1,
    source_id: `source-${sessionId}`,
    pubsub_token: `token-of-session-${sessionId}`,
    ...more,
  });
const message = (messageId: number, more = {}, minute = 0) =>
  newEvent(
    'message.created',
    { id: messageId, conversation_id: 7, message_type: 'incoming', ...more },
    { time: time(minute) },
  );
const conversation = (conversationId: number, more = {}, minute = 0) =>
  newEvent(
    'conversation.created',
    { id: conversationId, inbox_id: 1, contact_inbox_id: 100, ...more },
    { time: time(minute) },
  );

describe('lookups', () => {
  it('find a person by their access token or id in all their accounts', () => {
    const known = { access_token_hash: hash('a') };
    take(user(5, 2, known), user(5, 1, known), user(6, 1, { access_token_hash: hash('b') }), user(7, 1));
    expect(views.usersByAccessToken(hash('a')).map(({ accountId }) => accountId)).toEqual([1, 2]);
    expect(views.usersByAccessToken(hash('c'))).toEqual([]);
    expect(views.usersWithId(id(5)).map(({ accountId }) => accountId)).toEqual([1, 2]);
    take(newEvent('user.updated', { id: 5, access_token_hash: hash('d') }));
    expect(views.usersByAccessToken(hash('a')).map(({ accountId }) => accountId)).toEqual([2]);
    expect(views.usersByAccessToken(hash('d')).map(({ accountId }) => accountId)).toEqual([1]);
  });

  it('find users and contacts by e-mail address in any case, within the account', () => {
    take(user(5, 1, { email: 'Ada@example.com' }), contact(9, { email: 'X@y.z' }, 2), contact(8, { email: 'x@Y.z' }));
    expect(views.userByEmail(one, 'ADA@example.com')?.id).toBe(5);
    expect(views.userByEmail(two, 'ada@example.com')).toBeNull();
    expect(views.contactByEmail(one, 'x@y.z')?.id).toBe(8);
    expect(views.contactByEmail(two, 'x@y.z')?.id).toBe(9);
  });

  it('find contacts by identifier and phone number, the first of several', () => {
    const known = { identifier: 'crm-1', phone_number: '+49123' };
    take(contact(9, known), contact(8, known), contact(10, known, 2));
    expect([views.contactByIdentifier(one, 'crm-1')?.id, views.contactByPhone(one, '+49123')?.id]).toEqual([8, 8]);
    expect([views.contactByIdentifier(one, 'CRM-1'), views.contactByPhone(one, '49123')]).toEqual([null, null]);
  });

  it('find an inbox by its secret name, and a session by its source in an inbox', () => {
    const identifier = 'inbox-with-a-secret-name';
    take(inbox(1, { identifier, hmac_token: 'key' }), inbox(2), contact(10), session(100, 10), session(101, 10));
    take(
      newEvent('inbox.updated', { id: 1, hmac_mandatory: true, lock_to_single_conversation: true, hmac_token: null }),
    );
    expect(views.inboxByIdentifier(identifier)).toMatchObject({
      id: 1,
      name: 'Api',
      hmacToken: null,
      hmacMandatory: true,
      lockToSingleConversation: true,
    });
    expect(views.inboxByIdentifier('another')).toBeNull();
    expect(views.sessionBySource(one, id(1), 'source-101')?.id).toBe(101);
    expect(views.sessionBySource(one, id(2), 'source-101')).toBeNull();
    expect(ids(views.allInboxesOf(one))).toEqual([1, 2]);
  });

  it('know the agents and teams of an account, and the highest ids', () => {
    take(user(5, 1), newEvent('agent.added', { user_id: 5 }), newEvent('agent.added', { user_id: 3 }));
    take(newEvent('team.created', { id: 4, name: 'x' }), contact(77, {}, 9));
    expect([ids(views.agentsOf(one)), ids(views.teamsOf(one))]).toEqual([[3, 5], [4]]);
    expect([views.highestId('users', one), views.highestId('contacts', one)]).toEqual([5, 0]);
    expect(views.highestAccountId()).toBe(9);
  });

  it('list contacts, the newest first, by pages and by what is searched', () => {
    take(contact(1, { email: 'ada@x.y' }), contact(2, { name: '100% Ada' }), contact(3), contact(4, {}, 2));
    expect(ids(views.contacts(one, { limit: 2 }))).toEqual([3, 2]);
    expect(ids(views.contacts(one, { limit: 2, offset: 2 }))).toEqual([1]);
    expect(ids(views.contacts(one, { limit: 9, search: 'ADA' }))).toEqual([2, 1]);
    expect(ids(views.contacts(one, { limit: 9, search: '%' }))).toEqual([2]);
    expect([views.contactCount(one), views.contactCount(one, 'ada'), views.contactCount(two)]).toEqual([3, 2, 1]);
  });
});

describe('lists of conversations', () => {
  beforeEach(() => {
    take(user(5, 1), user(6, 1), inbox(1), inbox(2), newEvent('team.created', { id: 4, name: 'x' }));
    take(contact(10), contact(11), session(100, 10), session(101, 11), session(102, 10, { inbox_id: 2 }));
    take(
      conversation(1, { assignee_id: 5, labels: ['vip', 'late'] }, 1),
      conversation(2, { assignee_id: 6, team_id: 4 }, 2),
      conversation(3, { contact_inbox_id: 101, labels: ['vip'] }, 3),
      conversation(4, { status: 'resolved', assignee_id: 5 }, 4),
      conversation(5, { inbox_id: 2, contact_inbox_id: 102 }, 5),
      newEvent('message.created', { id: 1, conversation_id: 1, message_type: 'incoming' }, { time: time(9) }),
    );
  });

  it.each<[string, ConversationFilter, readonly number[]]>([
    ['nothing else', {}, [1, 5, 4, 3, 2]],
    ['the status', { status: 'open' }, [1, 5, 3, 2]],
    ['the inboxes that are seen', { inboxes: [id(2)] }, [5]],
    ['no inbox that is seen', { inboxes: [] }, []],
    ['one inbox', { inbox: id(1), status: 'open' }, [1, 3, 2]],
    ['the team', { team: id(4) }, [2]],
    ['one assignee', { assignee: id(5) }, [1, 4]],
    ['any assignee', { assignee: 'anybody', status: 'open' }, [1, 2]],
    ['no assignee', { assignee: 'nobody' }, [5, 3]],
    ['a label', { labels: ['vip'] }, [1, 3]],
    ['several labels', { labels: ['vip', 'late'] }, [1]],
    ['a change since', { updatedSince: at(4) }, [1, 5, 4]],
    ['a page', { limit: 2, offset: 1 }, [5, 4]],
    ['the oldest activity first', { order: 'last_activity_asc' }, [2, 3, 4, 5, 1]],
    ['the newest first', { order: 'created_desc', status: 'open' }, [5, 3, 2, 1]],
    ['the oldest first', { order: 'created_asc' }, [1, 2, 3, 4, 5]],
  ])('go by activity and %s', (_what, filter, expected) => {
    expect(ids(views.conversations(one, filter))).toEqual(expected);
    expect(views.conversations(two, filter)).toEqual([]);
  });

  it('are counted by whose they are', () => {
    const counts = (filter: ConversationFilter) => views.conversationCounts(one, id(5), filter);
    expect(counts({})).toEqual({ mine: 2, assigned: 3, unassigned: 2, all: 5 });
    expect(counts({ status: 'open' })).toEqual({ mine: 1, assigned: 2, unassigned: 2, all: 4 });
    expect(counts({ status: 'open', inboxes: [id(1)], assignee: 'nobody', limit: 1 })).toEqual({
      mine: 1,
      assigned: 2,
      unassigned: 1,
      all: 3,
    });
    expect(counts({ labels: ['vip'] })).toEqual({ mine: 1, assigned: 1, unassigned: 1, all: 2 });
    expect(counts({ status: 'snoozed' })).toEqual({ mine: 0, assigned: 0, unassigned: 0, all: 0 });
  });

  it('give those of a session and of a contact, the newest first', () => {
    expect(ids(views.conversationsInSession(one, id(100), 2))).toEqual([4, 2]);
    expect(ids(views.conversationsWith(one, id(10), 10))).toEqual([5, 4, 2, 1]);
  });
});

describe('lists of messages', () => {
  beforeEach(() => take(inbox(1), contact(10), session(100, 10), conversation(7), conversation(8)));
  const messages = (window = {}): readonly number[] => ids(views.messages(one, id(7), window));

  it('are in the order of the log, whatever their ids', () => {
    take(message(30), message(10), message(20), message(5, { conversation_id: 8 }));
    expect(messages()).toEqual([30, 10, 20]);
    expect(messages({ before: 10 })).toEqual([30]);
    expect(messages({ after: 30 })).toEqual([10, 20]);
    expect(messages({ after: 30, before: 20 })).toEqual([30, 10]);
    expect(views.lastMessage(one, id(7))?.id).toBe(20);
  });

  it('are the newest 20, 20 before, 100 after, or as many as asked', () => {
    take(...Array.from({ length: 150 }, (_, index) => message(index + 1)));
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
    expect(messages()).toEqual(range(131, 150));
    expect(messages({ before: 131 })).toEqual(range(111, 130));
    expect(messages({ after: 10 })).toEqual(range(11, 110));
    expect(messages({ after: 10, before: 140 })).toEqual(range(10, 139));
    expect(messages({ limit: 3 })).toEqual([148, 149, 150]);
    expect(messages({ before: 3, limit: 1_000 })).toEqual([1, 2]);
  });

  it('begin or end where a message that is not there would be', () => {
    take(message(10), message(20), message(15, { conversation_id: 8 }), message(30));
    expect(messages({ before: 25 })).toEqual([10, 20]);
    expect(messages({ before: 9 })).toEqual([]);
    expect(messages({ before: 9_999 })).toEqual([10, 20, 30]);
    expect(messages({ after: 25 })).toEqual([30]);
    expect(messages({ after: 1 })).toEqual([10, 20, 30]);
    expect(messages({ after: 12, before: 30 })).toEqual([20]);
    expect(messages({ after: 15 })).toEqual([30]);
  });

  it('leave out what a customer may not read, when asked to', () => {
    take(message(1), message(2, { private: true }), message(3, { message_type: 'activity' }), message(4));
    expect(messages({ chatOnly: true })).toEqual([1, 4]);
    take(message(5, { private: true }), message(6, { message_type: 'activity' }));
    expect(views.lastMessage(one, id(7))?.id).toBe(6);
    expect(views.lastNonActivityMessage(one, id(7))?.id).toBe(5);
    expect(views.lastChatMessage(one, id(7))?.id).toBe(4);
    expect(views.lastNonActivityMessage(one, id(8))).toBeNull();
  });

  it('know how many of the newest are young', () => {
    take(message(1, {}, 1), message(2, {}, 2), message(3, {}, 3));
    expect(views.messagesSince(one, id(7), { since: at(2), of: 200 })).toBe(2);
    expect(views.messagesSince(one, id(7), { since: at(1), of: 2 })).toBe(2);
  });

  it('know what the customer has not read', () => {
    const outgoing = { message_type: 'outgoing' };
    take(message(1), message(2, outgoing, 1), message(3, { ...outgoing, status: 'read' }, 2));
    take(
      message(4, { ...outgoing, private: true }, 3),
      message(5, { message_type: 'template', status: 'delivered' }, 4),
    );
    take(message(6, { ...outgoing, status: 'failed' }, 5), message(7, outgoing, 6));
    const unread = (after: number | null, upTo: number) => ids(views.unreadByContact(one, id(7), { after, upTo }));
    expect(unread(null, at(6))).toEqual([2, 5, 7]);
    expect(unread(at(1), at(5))).toEqual([5]);
  });
});
