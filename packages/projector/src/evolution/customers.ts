/** Contacts and their sessions. */
import type { EventType } from '@cablehub/events';
import type { Row } from '../schema.ts';
import { changed, existing, timeOf, unknown, wrote, type Evolves, type GrantChange } from './evolution.ts';

type CustomerEvent = Extract<EventType, `${'contact' | 'contact_inbox'}.${string}`>;

export const customers: Evolves<CustomerEvent> = {
  'contact.created': (views, { accountId, data }) => {
    if (views.get('contacts', accountId, data.id) !== null) return existing('contact', data.id);
    const row: Row<'contacts'> = {
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
    };
    return wrote({ table: 'contacts', row });
  },

  'contact.updated': (views, { accountId, data }) => {
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
    });
    return wrote({ table: 'contacts', row });
  },

  'contact_inbox.created': (views, event) => {
    const { accountId, data } = event;
    if (views.get('contactInboxes', accountId, data.id) !== null) return existing('contact_inbox', data.id);
    if (views.get('contacts', accountId, data.contact_id) === null) return unknown('contact', data.contact_id);
    if (views.get('inboxes', accountId, data.inbox_id) === null) return unknown('inbox', data.inbox_id);
    const row: Row<'contactInboxes'> = {
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
};

/** A session's token opens that session for its contact. */
export const sessionGranted = (session: Row<'contactInboxes'>): GrantChange => ({
  kind: 'granted',
  token: session.pubsubToken,
  grant: {
    kind: 'contact',
    accountId: session.accountId,
    contactId: session.contactId,
    contactInboxId: session.id,
  },
});
