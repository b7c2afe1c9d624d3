import { newEvent } from '@cablehub/events/testing';
import { describe, expect, it } from 'vitest';
import { given } from './testing.ts';

const one = 1 as never;
const id = (value: number): never => value as never;

const session = (sessionId: number, contactId: number) =>
  newEvent('contact_inbox.created', {
    id: sessionId,
    contact_id: contactId,
    inbox_id: 1,
    source_id: `source-${sessionId}`,
    pubsub_token: `token-of-session-${sessionId}`,
  });
const incoming = (messageId: number, contactId: number) =>
  newEvent('message.created', {
    id: messageId,
    conversation_id: 7,
    message_type: 'incoming',
    content: 'hello',
    sender: { type: 'Contact', id: contactId },
  });

/** Contact 10 with sessions 100 and 101 and conversation 7 in the first, which 20 is about to be. */
const past = [
  newEvent('user.created', { id: 5, name: 'John', pubsub_token: 'token-of-user-five' }),
  newEvent('agent.added', { user_id: 5, role: 'administrator' }),
  newEvent('inbox.created', { id: 1, name: 'Api', channel: 'Channel::Api' }),
  newEvent('contact.created', { id: 10, name: 'Ada' }),
  newEvent('contact.created', { id: 20, name: 'Ada Lovelace' }),
  session(100, 10),
  session(101, 10),
  newEvent('conversation.created', { id: 7, inbox_id: 1, contact_inbox_id: 100 }),
  incoming(1, 10),
];

describe('a session that moves', () => {
  it('is the other contact’s, and its token with it', () => {
    const { views, grants, told } = given(past).when(newEvent('contact_inbox.moved', { id: 101, contact_id: 20 }));
    expect(views.get('contactInboxes', one, id(101))?.contactId).toBe(20);
    expect(grants).toMatchObject([{ kind: 'granted', grant: { contactId: 20, contactInboxId: 101 } }]);
    expect(told).toEqual([]);
  });

  it('does not move to a contact that is not there', () => {
    const { outcome } = given(past).when(newEvent('contact_inbox.moved', { id: 101, contact_id: 30 }));
    expect(outcome).toMatchObject({ kind: 'parked', reason: 'there is no contact 30' });
  });
});

describe('a contact that is merged into another', () => {
  const merged = newEvent('contact.merged', { id: 10, into_id: 20 });

  it('is gone, and nobody is told', () => {
    const { views, told } = given(past).when(merged);
    expect(views.get('contacts', one, id(10))).toBeNull();
    expect(told).toEqual([]);
  });

  it('leaves behind nothing that had not moved before', () => {
    const moves = [
      newEvent('contact_inbox.moved', { id: 101, contact_id: 20 }),
      newEvent('conversation.contact_changed', { id: 7, contact_id: 20 }),
    ];
    for (const before of [[], moves.slice(0, 1), moves]) {
      const { views, grants } = given([...past, ...before]).when(merged);
      expect(views.sessionsOf(one, id(20)).map((row) => row.id)).toEqual([100, 101]);
      expect(views.conversationsOf(one, id(20)).map((row) => row.id)).toEqual([7]);
      expect(views.conversationsOf(one, id(10))).toEqual([]);
      expect(grants).toHaveLength(2 - before.length);
    }
  });

  it('goes on as the other in what it wrote', () => {
    const { told } = given([...past, merged]).when(newEvent('message.updated', { id: 1, status: 'delivered' }));
    expect(told.length).toBeGreaterThan(0);
    for (const { data } of told)
      expect(data).toMatchObject({ sender_id: 20, sender_type: 'Contact', sender: { id: 20, name: 'Ada Lovelace' } });
  });

  it.each([
    ['itself', { id: 10, into_id: 10 }],
    ['one that is not there', { id: 10, into_id: 30 }],
  ])('cannot be merged into %s', (_what, data) => {
    const { outcome, views } = given(past).when(newEvent('contact.merged', data));
    expect(outcome.kind).toBe('parked');
    expect(views.get('contacts', one, id(10))).not.toBeNull();
  });
});

describe('what is secret in the views', () => {
  it('is in no frame', () => {
    const secrets = ['hmac-token-of-the-inbox', 'secret-name-of-the-inbox', 'a'.repeat(64)];
    const [hmac_token, identifier, access_token_hash] = secrets as [string, string, string];
    const telling = given([
      newEvent('inbox.created', { id: 1, name: 'Api', channel: 'Channel::Api', identifier, hmac_token }),
      newEvent('user.created', { id: 5, name: 'John', pubsub_token: 'token-of-user-five', access_token_hash }),
      ...past.slice(1, 2),
      ...past.slice(3),
    ]);
    for (const event of [
      newEvent('conversation.assignee_changed', { id: 7, assignee_id: 5, performer_id: 5 }),
      newEvent('contact.updated', { id: 10, name: 'Ada L.', performer_id: 5 }),
      incoming(2, 10),
    ]) {
      const { told } = telling.when(event);
      expect(told.length).toBeGreaterThan(0);
      for (const secret of [...secrets, 'token-of-user-five', '"version"'])
        expect(JSON.stringify(told)).not.toContain(secret);
    }
  });
});
