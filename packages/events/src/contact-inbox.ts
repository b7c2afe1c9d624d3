import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { contactId, contactInboxId, inboxId, pubsubToken } from './ids.ts';
import { text } from './values.ts';

/** A contact's session in one inbox. Its token is what a customer's client subscribes with. */
export const contactInboxEvents = {
  'contact_inbox.created': defineEvent({
    entity: 'contact_inbox',
    version: 1,
    data: z.strictObject({
      id: contactInboxId,
      contact_id: contactId,
      inbox_id: inboxId,
      source_id: text,
      pubsub_token: pubsubToken,
      hmac_verified: z.boolean().default(false),
    }),
    entityId: (data) => data.id,
  }),
  /** The customer's identity was proven: from now on they hear every verified session of the same contact. */
  'contact_inbox.verified': defineEvent({
    entity: 'contact_inbox',
    version: 1,
    data: z.strictObject({ id: contactInboxId }),
    entityId: (data) => data.id,
  }),
  /** The session is another contact's from now on, as when two contacts are merged. */
  'contact_inbox.moved': defineEvent({
    entity: 'contact_inbox',
    version: 1,
    data: z.strictObject({ id: contactInboxId, contact_id: contactId }),
    entityId: (data) => data.id,
  }),
} as const;
