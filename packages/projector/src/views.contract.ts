/** What every adapter of the views must do. */
import {
  positionOf,
  type AccountId,
  type ContactId,
  type ConversationId,
  type EventId,
  type UserId,
} from '@cablehub/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Row } from './schema.ts';
import type { Views } from './views.ts';

const one = 1 as AccountId;
const two = 2 as AccountId;
const conversation = 7 as ConversationId;

const team = (accountId: AccountId, id: number, name: string): Row<'teams'> =>
  ({ accountId, id, name }) as Row<'teams'>;
const agent = (accountId: AccountId, id: number, role: 'agent' | 'administrator'): Row<'agents'> =>
  ({ accountId, id, role, availability: 'online', autoOffline: true, status: 'offline', version: id }) as Row<'agents'>;
const session = (id: number, contactId: number): Row<'contactInboxes'> =>
  ({
    accountId: one,
    id,
    contactId,
    inboxId: 1,
    sourceId: `source ${id}`,
    pubsubToken: `token-${id}`,
    hmacVerified: id % 2 === 0,
    createdAt: 1,
    updatedAt: 2,
    version: 3,
  }) as Row<'contactInboxes'>;
const message = (id: number, more: Partial<Row<'messages'>> = {}): Row<'messages'> =>
  ({
    accountId: one,
    id,
    conversationId: conversation,
    position: id,
    content: null,
    messageType: 'incoming',
    contentType: 'text',
    contentAttributes: { nested: { list: [1, 'zwei', null, true] } },
    private: false,
    status: 'sent',
    sender: { type: 'Contact', id: 10 },
    sourceId: null,
    externalSourceIds: {},
    additionalAttributes: {},
    sentiment: {},
    attachments: [],
    isChat: true,
    createdAt: id * 1_000,
    updatedAt: id * 1_000,
    version: id,
    ...more,
  }) as Row<'messages'>;

export const describeViews = (name: string, open: () => Views): void => {
  describe(`the views in ${name}`, () => {
    let views: Views;
    const id = <T>(value: number): T => value as T;

    beforeEach(() => {
      views = open();
      views.begin();
    });
    afterEach(() => views.close());

    it('give back a row as it was written, JSON and all', () => {
      views.write({ table: 'messages', row: message(1) });
      expect(views.get('messages', one, id(1))).toEqual(message(1));
    });

    it('replace a row, and forget one that is removed', () => {
      views.write({ table: 'teams', row: team(one, 5, 'sales') });
      views.write({ table: 'teams', row: team(one, 5, 'support') });
      expect(views.get('teams', one, id(5))?.name).toBe('support');
      views.write({ table: 'teams', remove: { accountId: one, id: id(5) } });
      expect(views.get('teams', one, id(5))).toBeNull();
    });

    it('keep accounts apart that use the same ids', () => {
      views.write({ table: 'teams', row: team(one, 5, 'sales') });
      views.write({ table: 'teams', row: team(two, 5, 'other') });
      views.write({ table: 'agents', row: agent(two, 1, 'administrator') });
      expect(views.get('teams', one, id(5))?.name).toBe('sales');
      expect(views.administratorsOf(one)).toEqual([]);
    });

    it('know the administrators, in order of their ids', () => {
      for (const row of [agent(one, 10, 'administrator'), agent(one, 9, 'agent'), agent(one, 2, 'administrator')])
        views.write({ table: 'agents', row });
      expect(views.administratorsOf(one)).toEqual([2, 10]);
    });

    it('give another list of administrators once any agent has changed, for what was made of the one before', () => {
      views.write({ table: 'agents', row: agent(one, 2, 'administrator') });
      const before = views.administratorsOf(one);
      views.write({ table: 'agents', row: agent(one, 9, 'agent') });
      const joined = views.administratorsOf(one);
      expect(joined).toEqual(before);
      expect(joined).not.toBe(before);
      views.write({ table: 'agents', remove: { accountId: one, id: id(9) } });
      expect(views.administratorsOf(one)).not.toBe(joined);
    });

    it('know the inboxes of a member', () => {
      const inbox = (inboxId: number, members: number[]): Row<'inboxes'> =>
        ({
          accountId: one,
          id: inboxId,
          name: 'x',
          channel: 'Channel::Api',
          members,
          identifier: null,
          hmacToken: null,
          hmacMandatory: false,
          lockToSingleConversation: false,
          version: 1,
        }) as Row<'inboxes'>;
      for (const row of [inbox(3, [1, 12]), inbox(1, [2]), inbox(2, [12])]) views.write({ table: 'inboxes', row });
      expect(views.inboxesOf(one, 12 as UserId)).toEqual([2, 3]);
      expect(views.inboxesOf(one, 5 as UserId)).toEqual([]);
    });

    it('know the sessions of a contact, in order of their ids', () => {
      for (const row of [session(8, 10), session(3, 10), session(4, 11)]) views.write({ table: 'contactInboxes', row });
      expect(views.sessionsOf(one, 10 as ContactId)).toEqual([session(3, 10), session(8, 10)]);
    });

    it('know the newest chat message by its place in the log', () => {
      views.write({ table: 'messages', row: message(9, { position: 1 }) });
      views.write({ table: 'messages', row: message(2, { position: 2 }) });
      views.write({ table: 'messages', row: message(3, { position: 3, isChat: false }) });
      views.write({ table: 'messages', row: message(4, { position: 4, conversationId: id(8) }) });
      expect(views.lastChatMessage(one, conversation)?.id).toBe(2);
      expect(views.lastChatMessage(two, conversation)).toBeNull();
    });

    it('count unread messages: incoming, later than seen, at most ten', () => {
      for (let n = 1; n <= 15; n++) views.write({ table: 'messages', row: message(n) });
      views.write({ table: 'messages', row: message(99, { messageType: 'outgoing' }) });
      expect(views.unreadCount(one, conversation, null)).toBe(10);
      expect(views.unreadCount(one, conversation, 12_000)).toBe(3);
      expect(views.unreadCount(one, conversation, 15_000)).toBe(0);
    });

    it('keep what was parked, once for each position', () => {
      const parked = { position: positionOf(4), accountId: one, type: 'message.created', reason: 'no such thing' };
      views.park(parked);
      expect(views.parked()).toEqual([parked]);
    });

    it('remember the id of an event once in each account', () => {
      const ids = ['one', 'ONE', 'o', '0192d3f0-7c1a-7cc1-8f5e-3a1b2c3d4e5f', 'x'.repeat(128)] as EventId[];
      for (const eventId of ids) {
        expect([1, 2].map(() => views.remember(one, eventId))).toEqual([true, false]);
        expect([1, 2].map(() => views.remember(two, eventId))).toEqual([true, false]);
      }
      views.commit(positionOf(1));
      views.begin();
      expect(views.remember(one, ids[0]!)).toBe(false);
    });

    it('forget an id that was rolled back, and not one of an attempt', () => {
      views.remember(one, 'kept' as EventId);
      const failing = () =>
        views.attempt(() => {
          throw new Error('half of it');
        });
      expect(failing).toThrow('half of it');
      views.commit(positionOf(1));
      views.begin();
      views.remember(one, 'gone' as EventId);
      views.rollback();
      views.begin();
      expect([views.remember(one, 'kept' as EventId), views.remember(one, 'gone' as EventId)]).toEqual([false, true]);
    });

    it('are true for the committed position, and forget what was rolled back', () => {
      expect(views.checkpoint()).toBe(0);
      views.write({ table: 'teams', row: team(one, 5, 'sales') });
      views.commit(positionOf(12));
      views.begin();
      views.write({ table: 'teams', row: team(one, 5, 'gone') });
      views.write({ table: 'teams', row: team(one, 6, 'gone') });
      views.park({ position: positionOf(13), accountId: one, type: 'x', reason: 'y' });
      views.rollback();
      expect(views.checkpoint()).toBe(12);
      expect(views.get('teams', one, id(5))?.name).toBe('sales');
      expect(views.get('teams', one, id(6))).toBeNull();
      expect(views.parked()).toEqual([]);
    });

    it('undo an attempt that throws, and only that', () => {
      views.write({ table: 'teams', row: team(one, 5, 'sales') });
      views.attempt(() => views.write({ table: 'teams', row: team(one, 6, 'kept') }));
      const attempt = (): void =>
        views.attempt(() => {
          views.write({ table: 'teams', row: team(one, 5, 'gone') });
          views.write({ table: 'teams', row: team(one, 5, 'gone again') });
          views.write({ table: 'teams', row: team(one, 7, 'gone') });
          views.write({ table: 'teams', remove: { accountId: one, id: id(6) } });
          throw new Error('half of it');
        });
      expect(attempt).toThrow('half of it');
      views.commit(positionOf(1));
      expect([5, 6, 7].map((team) => views.get('teams', one, id(team))?.name)).toEqual(['sales', 'kept', undefined]);
    });
  });
};
