import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { pubsubToken, userId } from './ids.ts';
import { name, text, url } from './values.ts';

const email = text.nullable();

/** A person, as one account knows them. Someone in two accounts is created in both, with the same token. */
export const userEvents = {
  'user.created': defineEvent({
    entity: 'user',
    version: 1,
    data: z.strictObject({
      id: userId,
      name,
      /** The name customers see; the name itself when absent. */
      available_name: name.optional(),
      avatar_url: url.default(''),
      email: email.default(null),
      pubsub_token: pubsubToken,
    }),
    entityId: (data) => data.id,
  }),
  'user.updated': defineEvent({
    entity: 'user',
    version: 1,
    data: z.strictObject({
      id: userId,
      name: name.optional(),
      available_name: name.optional(),
      avatar_url: url.optional(),
      email: email.optional(),
      /** A new token ends the subscriptions made with the old one. */
      pubsub_token: pubsubToken.optional(),
    }),
    entityId: (data) => data.id,
  }),
} as const;
