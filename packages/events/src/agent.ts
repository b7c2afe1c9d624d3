import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { userId } from './ids.ts';
import { availability, role } from './values.ts';

/** A user's place in an account: what they may see, and whether they can be reached. */
export const agentEvents = {
  'agent.added': defineEvent({
    entity: 'agent',
    version: 1,
    data: z.strictObject({
      user_id: userId,
      role: role.default('agent'),
      availability: availability.default('online'),
      auto_offline: z.boolean().default(true),
    }),
    entityId: (data) => data.user_id,
  }),
  'agent.updated': defineEvent({
    entity: 'agent',
    version: 1,
    data: z.strictObject({
      user_id: userId,
      role: role.optional(),
      availability: availability.optional(),
      auto_offline: z.boolean().optional(),
    }),
    entityId: (data) => data.user_id,
  }),
  'agent.removed': defineEvent({
    entity: 'agent',
    version: 1,
    data: z.strictObject({ user_id: userId }),
    entityId: (data) => data.user_id,
  }),
  /** What the agent is in effect, appended by presence: `availability_status` from then on. */
  'agent.availability_changed': defineEvent({
    entity: 'agent',
    version: 1,
    data: z.strictObject({ user_id: userId, availability }),
    entityId: (data) => data.user_id,
  }),
} as const;
