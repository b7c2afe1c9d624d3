/**
 * What the 13 websocket events carry, as schemas (pure): the keys of the documented frames, and as optional those that
 * today's official clients read on top. Times are whole seconds since 1970 (0: never) or ISO 8601, as each key has it.
 */
import { z } from 'zod';

const id = z.int().positive();
const seconds = z.int().nonnegative();
const isoTime = z.iso.datetime();
const attributes = z.looseObject({});

export const contact = z.looseObject({
  type: z.literal('contact'),
  id,
  name: z.string(),
  email: z.string().nullable(),
  phone_number: z.string().nullable(),
  identifier: z.string().nullable(),
  thumbnail: z.string(),
  additional_attributes: attributes,
  custom_attributes: attributes,
  pubsub_token: z.string().describe('of the customer session; empty when contacts’ tokens are hidden'),
  blocked: z.boolean().optional(),
});

export const user = z.looseObject({
  type: z.literal('user'),
  id,
  name: z.string(),
  available_name: z.string(),
  avatar_url: z.string(),
  availability_status: z.enum(['online', 'busy', 'offline']),
  thumbnail: z.string().optional(),
});

export const agentBot = z.looseObject({
  type: z.literal('agent_bot'),
  id,
  name: z.string(),
  avatar_url: z.string(),
});

const person = z.discriminatedUnion('type', [contact, user, agentBot]);
const performer = { performer: z.discriminatedUnion('type', [user, agentBot]).optional() };

export const contactInbox = z.looseObject({
  id,
  contact_id: id,
  inbox_id: id,
  source_id: z.string(),
  created_at: isoTime,
  updated_at: isoTime,
  hmac_verified: z.boolean(),
});

export const message = z.looseObject({
  id,
  content: z.string().nullable(),
  account_id: id,
  inbox_id: id,
  conversation_id: id,
  message_type: z.literal([0, 1, 2, 3]).describe('0 incoming, 1 outgoing, 2 activity, 3 template'),
  created_at: seconds,
  updated_at: isoTime,
  private: z.boolean(),
  status: z.enum(['sent', 'delivered', 'read', 'failed']),
  source_id: z.string().nullable(),
  content_type: z.string(),
  content_attributes: attributes,
  sender_type: z.string().nullable(),
  sender_id: id.nullable(),
  external_source_ids: attributes,
  sender: person.optional().describe('absent when nobody sent it'),
  processed_message_content: z.string().nullable().optional(),
  additional_attributes: attributes.optional(),
  sentiment: attributes.optional(),
  conversation: z
    .looseObject({
      assignee_id: id.nullable(),
      unread_count: z.int().nonnegative(),
      last_activity_at: seconds,
      contact_inbox: z.looseObject({ source_id: z.string() }),
    })
    .optional(),
  echo_id: z.string().optional().describe('in message.created only: the sending client’s own mark'),
  attachments: z.array(z.looseObject({ id, file_type: z.string() })).optional(),
  previous_changes: attributes.nullable().optional().describe('in message.updated only: [old, new] by key'),
  ...performer,
});

export const conversation = z.looseObject({
  id: id.describe('the display id, counted per account'),
  inbox_id: id,
  channel: z.string().nullable(),
  can_reply: z.boolean(),
  status: z.enum(['open', 'resolved', 'pending', 'snoozed']),
  additional_attributes: attributes,
  contact_inbox: contactInbox.nullable(),
  messages: z.array(message).max(1).describe('the last that is neither private nor an activity'),
  meta: z.looseObject({
    sender: contact,
    assignee: z.discriminatedUnion('type', [user, agentBot]).nullable().optional(),
    assignee_type: z.string().nullable().optional(),
    team: z.looseObject({ id, name: z.string() }).nullable().optional(),
    hmac_verified: z.boolean().nullable().optional(),
  }),
  unread_count: z.int().min(0).max(10),
  agent_last_seen_at: seconds,
  contact_last_seen_at: seconds,
  timestamp: seconds,
  custom_attributes: attributes.optional(),
  labels: z.array(z.string()).optional(),
  snoozed_until: isoTime.nullable().optional(),
  priority: z.enum(['low', 'medium', 'high', 'urgent']).nullable().optional(),
  first_reply_created_at: isoTime.nullable().optional(),
  waiting_since: seconds.optional(),
  last_activity_at: seconds.optional(),
  created_at: seconds.optional(),
  updated_at: z.number().optional().describe('seconds with a fraction; never falls'),
});

const ofAccount = { account_id: id };
const contactData = contact.extend({ ...ofAccount, ...performer });
const conversationData = conversation.extend({ ...ofAccount, ...performer });
const typingData = z.looseObject({
  conversation: conversation.describe('without account_id'),
  user: person.describe('who types'),
  is_private: z.boolean().optional(),
  ...ofAccount,
  ...performer,
});
const presenceData = z.looseObject({
  ...ofAccount,
  users: z.record(z.string(), z.enum(['online', 'busy', 'offline'])),
  contacts: z.record(z.string(), z.literal('online')).optional().describe('absent for customers'),
});

/** The data of each websocket event. */
export const frames = {
  'contact.created': contactData,
  'contact.updated': contactData,
  'conversation.created': conversationData,
  'conversation.status_changed': conversationData,
  'conversation.read': conversationData,
  'conversation.contact_changed': conversationData,
  'conversation.typing_on': typingData,
  'conversation.typing_off': typingData,
  'assignee.changed': conversationData,
  'team.changed': conversationData,
  'message.created': message,
  'message.updated': message,
  'presence.update': presenceData,
} as const;
export type FrameEvent = keyof typeof frames;

/** The frame around the data of one event. */
export const frameOf = (event: FrameEvent): z.ZodType =>
  z.object({
    identifier: z.string().describe('the subscription’s own, character for character'),
    message: z.object({ event: z.literal(event), data: frames[event] }),
  });
