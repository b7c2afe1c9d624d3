import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { pubsubToken, userId } from './ids.ts';
import { name, secretHash, text, url } from './values.ts';

const email = text.nullable();
/** By what the token is recognised that opens the HTTP API; the token itself is nowhere in the log. Null: there is none. */
const accessTokenHash = secretHash.nullable();

/** A person, as one account knows them. Someone in two accounts is created in both, with the same token. */
export const userEvents = {
  'user.created': defineEvent({
    entity: 'user',
    version: 2,
    data: z.strictObject({
      id: userId,
      name,
      /** The name customers see; the name itself when absent. */
      available_name: name.optional(),
      avatar_url: url.default(''),
      email: email.default(null),
      pubsub_token: pubsubToken,
      access_token_hash: accessTokenHash.default(null),
    }),
    entityId: (data) => data.id,
  }),
  'user.updated': defineEvent({
    entity: 'user',
    version: 2,
    data: z.strictObject({
      id: userId,
      name: name.optional(),
      available_name: name.optional(),
      avatar_url: url.optional(),
      email: email.optional(),
      /** A new token ends the subscriptions made with the old one. */
      pubsub_token: pubsubToken.optional(),
      access_token_hash: accessTokenHash.optional(),
    }),
    entityId: (data) => data.id,
  }),
} as const;
