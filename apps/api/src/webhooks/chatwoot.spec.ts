import { describe, expect, it } from 'vitest';
import { given, type Told } from './story.fixture.ts';
import {
  at,
  changedAt,
  contactWebhook,
  conversation,
  conversationWebhook,
  fromJohn,
  isoAt,
  jane,
  JANES_TOKEN,
  john,
  messageWebhook,
  typingWebhook,
  type Body,
} from './webhooks.fixture.ts';

const typesOf = ({ events }: Told): readonly string[] => events;
const begun = conversationWebhook('conversation_created');
const resolvedAt = (seconds: number): object => ({ status: 'resolved', updated_at: at(seconds) });

describe('a webhook about something new', () => {
  it('makes what it speaks of first: inbox, contact, session, conversation', () => {
    const { when, views } = given();
    const told = when(begun);
    expect(typesOf(told)).toEqual([
      'inbox.created',
      'contact.created',
      'contact_inbox.created',
      'conversation.created',
    ]);
    expect(views.parked()).toEqual([]);
    expect(views.get('contactInboxes', 1 as never, 21 as never)).toMatchObject({
      pubsubToken: JANES_TOKEN,
      contactId: 12,
    });
    expect(views.get('conversations', 1 as never, 7 as never)).toMatchObject({
      labels: ['sales'],
      status: 'open',
      createdAt: at(0) * 1_000,
      contactId: 12,
    });
    expect(views.get('contacts', 1 as never, 12 as never)).toMatchObject({
      email: jane.email,
      identifier: 'user-7',
      additionalAttributes: { city: 'Lyon' },
    });
  });

  it('makes the account, the inbox by its name and who writes out of a message alone', () => {
    const { when, views } = given();
    const told = when(messageWebhook('message_created', 40, fromJohn));
    expect(typesOf(told)).toEqual([
      'account.created',
      'inbox.created',
      'contact.created',
      'contact_inbox.created',
      'conversation.created',
      'user.created',
      'message.created',
    ]);
    expect(views.parked()).toEqual([]);
    expect(views.get('accounts', 1 as never, 1 as never)).toMatchObject({ name: 'Acme' });
    expect(views.get('inboxes', 1 as never, 3 as never)).toMatchObject({
      name: 'Website',
      channel: 'Channel::WebWidget',
    });
    expect(views.get('users', 1 as never, 5 as never)).toMatchObject({ name: 'John', email: 'john@acme.inc' });
    expect(views.get('messages', 1 as never, 40 as never)).toMatchObject({
      content: 'hi',
      messageType: 'outgoing',
      sender: { type: 'User', id: 5 },
      createdAt: at(40) * 1_000,
    });
  });

  it('names an inbox once a message tells its name', () => {
    const { when, views } = given(begun);
    expect(typesOf(when(messageWebhook('message_created', 40)))).toEqual([
      'account.created',
      'inbox.updated',
      'message.created',
    ]);
    expect(views.get('inboxes', 1 as never, 3 as never)?.name).toBe('Website');
  });

  it('gives a session a token of its own where none is told, and refuses a conversation without a session', () => {
    const { decide, when, views } = given();
    const { pubsub_token: _token, ...session } = begun['contact_inbox'] as Body;
    expect(() => decide({ ...begun, contact_inbox: null })).toThrow(/contact_inbox/);
    when({ ...begun, contact_inbox: session });
    expect(views.get('contactInboxes', 1 as never, 21 as never)?.pubsubToken).toBe('secret-of-24-characters-');
  });
});

describe('a webhook that comes again', () => {
  it.each([
    begun,
    conversationWebhook('conversation_updated', resolvedAt(9)),
    messageWebhook('message_created', 40),
    messageWebhook('message_updated', 40, { content: 'changed' }),
    contactWebhook('contact_created'),
    contactWebhook('contact_updated', { name: 'Jane Doe', ...changedAt(50) }),
  ])('finds nothing to do: $event', (body) => {
    const { when } = given(begun, body);
    expect(when(body)).toMatchObject({ events: [], typing: null });
  });

  it('states the same events again to views that do not have them yet', () => {
    const ids = (body: Body): readonly string[] =>
      given()
        .decide(body)
        .events.map(({ event }) => event.id);
    const body = messageWebhook('message_created', 40, { within: resolvedAt(41) });
    expect(ids(body)).toEqual(ids(body));
    expect(new Set(ids(body)).size).toBe(ids(body).length);
    expect(ids(body)).toContain('chatwoot:message.created:40');
    expect(ids(body)).toContain(`chatwoot:conversation.status_changed:7:${at(41) * 1_000}`);
  });

  it('does not bring back what has changed since', () => {
    const { when, views } = given(begun, conversationWebhook('conversation_updated', resolvedAt(9)));
    when(conversationWebhook('conversation_status_changed', { updated_at: at(20) }));
    when(conversationWebhook('conversation_updated', resolvedAt(9)));
    when(begun);
    expect(views.get('conversations', 1 as never, 7 as never)?.status).toBe('open');
  });
});

describe('webhooks out of order', () => {
  it('begin a conversation with its message, and leave the beginning that comes later', () => {
    const { when, views } = given(messageWebhook('message_created', 40, { within: resolvedAt(41) }));
    expect(when(begun).events).toEqual([]);
    expect(when(conversationWebhook('conversation_updated', { updated_at: at(30) })).events).toEqual([]);
    expect(views.get('conversations', 1 as never, 7 as never)).toMatchObject({
      status: 'resolved',
      createdAt: at(0) * 1_000,
    });
    expect(views.parked()).toEqual([]);
  });

  it('make a message out of its change', () => {
    const { when, views } = given(begun);
    expect(when(messageWebhook('message_updated', 40, { content: 'edited' })).events).toContain('message.created');
    expect(when(messageWebhook('message_created', 40)).events).toEqual([]);
    expect(views.get('messages', 1 as never, 40 as never)?.content).toBe('edited');
  });

  it('leave a message as it is for a change that is older', () => {
    const { when, views } = given(messageWebhook('message_created', 40));
    when(messageWebhook('message_updated', 40, { status: 'read', updated_at: isoAt(50) }));
    expect(when(messageWebhook('message_updated', 40, { status: 'delivered', updated_at: isoAt(45) })).events).toEqual(
      [],
    );
    expect(views.get('messages', 1 as never, 40 as never)?.status).toBe('read');
  });
});

describe('a webhook about typing', () => {
  it('tells who types', () => {
    const { when } = given(begun);
    expect(when(typingWebhook('on', jane))).toEqual(
      expect.objectContaining({
        events: [],
        typing: {
          accountId: 1,
          conversationId: 7,
          status: 'on',
          typist: { kind: 'contact', contactInboxId: 21 },
          isPrivate: false,
        },
      }),
    );
    expect(when(typingWebhook('off', john, { is_private: true })).typing).toMatchObject({
      status: 'off',
      typist: { kind: 'user', userId: 5 },
      isPrivate: true,
    });
    expect(when(typingWebhook('on', { id: 2, name: 'Robo', type: 'agent_bot' })).typing).toBeNull();
  });

  it('makes a conversation that is not known yet', () => {
    expect(given().when(typingWebhook('on', jane, { conversation: conversation() })).events).toContain(
      'conversation.created',
    );
  });
});
