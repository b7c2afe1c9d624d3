import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { inboxId, userId } from './ids.ts';
import { name, text } from './values.ts';

/** The name by which an API inbox is addressed; whoever knows it may write there. */
const identifier = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{16,64}$/, 'must be 16 to 64 letters, digits, dots, dashes, tildes or underscores')
  .nullable();
/** The key with which a customer's identity is proven. */
const hmacToken = text.nullable();

const members = z.array(userId).max(10_000);

export const inboxEvents = {
  'inbox.created': defineEvent({
    entity: 'inbox',
    version: 2,
    data: z.strictObject({
      id: inboxId,
      name,
      /** The channel's class name, as clients receive it: `Channel::WebWidget`, `Channel::Api`, … */
      channel: z.string().regex(/^Channel::[A-Za-z]{1,64}$/, 'must look like Channel::WebWidget'),
      identifier: identifier.default(null),
      hmac_token: hmacToken.default(null),
      /** Only proven identities may name themselves. */
      hmac_mandatory: z.boolean().default(false),
      /** A session goes on with its conversation instead of beginning another. */
      lock_to_single_conversation: z.boolean().default(false),
    }),
    entityId: (data) => data.id,
  }),
  'inbox.updated': defineEvent({
    entity: 'inbox',
    version: 1,
    data: z.strictObject({
      id: inboxId,
      name: name.optional(),
      hmac_token: hmacToken.optional(),
      hmac_mandatory: z.boolean().optional(),
      lock_to_single_conversation: z.boolean().optional(),
    }),
    entityId: (data) => data.id,
  }),
  /** Who sees the inbox. Added first, then removed. */
  'inbox.members_changed': defineEvent({
    entity: 'inbox',
    version: 1,
    data: z.strictObject({ id: inboxId, added: members.default([]), removed: members.default([]) }),
    entityId: (data) => data.id,
  }),
} as const;
