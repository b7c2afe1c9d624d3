import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { contactId, contactInboxId, conversationId, inboxId, teamId, userId } from './ids.ts';
import { attributes, moment, performer } from './values.ts';

export const conversationStatus = z.enum(['open', 'resolved', 'pending', 'snoozed']);
export type ConversationStatus = z.infer<typeof conversationStatus>;

export const priority = z.enum(['low', 'medium', 'high', 'urgent']);
export type Priority = z.infer<typeof priority>;

const entity = 'conversation';
const entityId = (data: { readonly id: number }): number => data.id;
const about = { id: conversationId, ...performer };

export const conversationEvents = {
  'conversation.created': defineEvent({
    entity,
    version: 1,
    data: z.strictObject({
      ...about,
      inbox_id: inboxId,
      contact_inbox_id: contactInboxId,
      status: conversationStatus.default('open'),
      assignee_id: userId.nullable().default(null),
      team_id: teamId.nullable().default(null),
      priority: priority.nullable().default(null),
      labels: z.array(z.string().max(255)).max(100).default([]),
      additional_attributes: attributes.default({}),
      custom_attributes: attributes.default({}),
    }),
    entityId,
  }),
  'conversation.status_changed': defineEvent({
    entity,
    version: 1,
    data: z.strictObject({
      ...about,
      status: conversationStatus,
      /** Kept only while the status is `snoozed`. */
      snoozed_until: moment.nullable().default(null),
    }),
    entityId,
  }),
  'conversation.assignee_changed': defineEvent({
    entity,
    version: 1,
    data: z.strictObject({ ...about, assignee_id: userId.nullable() }),
    entityId,
  }),
  'conversation.team_changed': defineEvent({
    entity,
    version: 1,
    data: z.strictObject({ ...about, team_id: teamId.nullable() }),
    entityId,
  }),
  /** The contact behind the conversation was merged into another; its session moves along. */
  'conversation.contact_changed': defineEvent({
    entity,
    version: 1,
    data: z.strictObject({ ...about, contact_id: contactId }),
    entityId,
  }),
  /** The customer has read up to the event's time. */
  'conversation.contact_seen': defineEvent({ entity, version: 1, data: z.strictObject(about), entityId }),
  /** An agent has read up to the event's time. */
  'conversation.agent_seen': defineEvent({ entity, version: 1, data: z.strictObject(about), entityId }),
} as const;
