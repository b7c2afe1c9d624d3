/** Contacts and their sessions. */
import type { EventType } from '@cablehub/events';
import {
  changed,
  existing,
  refused,
  timeOf,
  unknown,
  wrote,
  type Evolves,
  type GrantChange,
  type Rewrite,
  type Unversioned,
} from './evolution.ts';

type CustomerEvent = Extract<EventType, `${'contact' | 'contact_inbox'}.${string}`>;

export const customers: Evolves<CustomerEvent> = {
  'contact.created': (views, event) => {
    const { accountId, data } = event;
    if (views.get('contacts', accountId, data.id) !== null) return existing('contact', data.id);
    const row: Unversioned<'contacts'> = {
      accountId,
      id: data.id,
      name: data.name,
      email: data.email,
      phoneNumber: data.phone_number,
      identifier: data.identifier,
      thumbnail: data.thumbnail,
      additionalAttributes: data.additional_attributes,
      customAttributes: data.custom_attributes,
      blocked: data.blocked,
      createdAt: timeOf(event),
      updatedAt: timeOf(event),
    };
    return wrote({ table: 'contacts', row });
  },

  'contact.updated': (views, event) => {
    const { accountId, data } = event;
    const old = views.get('contacts', accountId, data.id);
    if (old === null) return unknown('contact', data.id);
    const row = changed(old, {
      name: data.name,
      email: data.email,
      phoneNumber: data.phone_number,
      identifier: data.identifier,
      thumbnail: data.thumbnail,
      additionalAttributes: data.additional_attributes,
      customAttributes: data.custom_attributes,
      blocked: data.blocked,
      updatedAt: Math.max(old.updatedAt, timeOf(event)),
    });
    return wrote({ table: 'contacts', row });
  },

  'contact.merged': (views, event) => {
    const { accountId, data } = event;
    if (views.get('contacts', accountId, data.id) === null) return unknown('contact', data.id);
    const into = views.get('contacts', accountId, data.into_id);
    if (into === null || into.id === data.id)
      return refused(`contact ${data.id} cannot be merged into ${data.into_id}`);
    // What came between the moves before the merge and the merge itself moves along.
    const sessions = views
      .sessionsOf(accountId, data.id)
      .map((session) => ({ ...session, contactId: into.id, updatedAt: timeOf(event) }));
    const conversations = views
      .conversationsOf(accountId, data.id)
      .map((conversation) => ({ ...conversation, contactId: into.id }));
    return {
      ok: true,
      writes: [
        ...sessions.map((row): Rewrite => ({ table: 'contactInboxes', row })),
        ...conversations.map((row): Rewrite => ({ table: 'conversations', row })),
        { table: 'contacts', remove: { accountId, id: data.id } },
      ],
      grants: sessions.map(sessionGranted),
    };
  },

  'contact_inbox.created': (views, event) => {
    const { accountId, data } = event;
    if (views.get('contactInboxes', accountId, data.id) !== null) return existing('contact_inbox', data.id);
    if (views.get('contacts', accountId, data.contact_id) === null) return unknown('contact', data.contact_id);
    if (views.get('inboxes', accountId, data.inbox_id) === null) return unknown('inbox', data.inbox_id);
    const row: Unversioned<'contactInboxes'> = {
      accountId,
      id: data.id,
      contactId: data.contact_id,
      inboxId: data.inbox_id,
      sourceId: data.source_id,
      pubsubToken: data.pubsub_token,
      hmacVerified: data.hmac_verified,
      createdAt: timeOf(event),
      updatedAt: timeOf(event),
    };
    return { ok: true, writes: [{ table: 'contactInboxes', row }], grants: [sessionGranted(row)] };
  },

  'contact_inbox.verified': (views, event) => {
    const old = views.get('contactInboxes', event.accountId, event.data.id);
    if (old === null) return unknown('contact_inbox', event.data.id);
    return wrote({ table: 'contactInboxes', row: { ...old, hmacVerified: true, updatedAt: timeOf(event) } });
  },

  'contact_inbox.moved': (views, event) => {
    const { accountId, data } = event;
    const old = views.get('contactInboxes', accountId, data.id);
    if (old === null) return unknown('contact_inbox', data.id);
    if (views.get('contacts', accountId, data.contact_id) === null) return unknown('contact', data.contact_id);
    const row = { ...old, contactId: data.contact_id, updatedAt: timeOf(event) };
    return { ok: true, writes: [{ table: 'contactInboxes', row }], grants: [sessionGranted(row)] };
  },
};

/** A session's token opens that session for its contact. */
export const sessionGranted = (session: Unversioned<'contactInboxes'>): GrantChange => ({
  kind: 'granted',
  token: session.pubsubToken,
  grant: {
    kind: 'contact',
    accountId: session.accountId,
    contactId: session.contactId,
    contactInboxId: session.id,
  },
});
