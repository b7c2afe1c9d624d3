import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { inboxId, userId } from './ids.ts';
import { name } from './values.ts';

const members = z.array(userId).max(10_000);

export const inboxEvents = {
  'inbox.created': defineEvent({
    entity: 'inbox',
    version: 1,
    data: z.strictObject({
      id: inboxId,
      name,
      /** The channel's class name, as clients receive it: `Channel::WebWidget`, `Channel::Api`, … */
      channel: z.string().regex(/^Channel::[A-Za-z]{1,64}$/, 'must look like Channel::WebWidget'),
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
