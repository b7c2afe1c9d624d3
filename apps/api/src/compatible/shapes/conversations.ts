/** Conversations and messages, as the original's APIs answer them: for agents, and for customers. */
import type { MessageType } from '@cablehub/events';
import type { Reading, Row } from '@cablehub/projector';
import { conversationPayload, conversationUuid, messagePayload, type Viewer } from '@cablehub/projector/payloads';
import { z } from 'zod';
import type { Online } from '../online.ts';
import {
  agentOf,
  agentShape,
  attributes,
  contactRow,
  contactRowShape,
  contactShape,
  contactView,
  teamShape,
  teamView,
} from './people.ts';

const sender = z.looseObject({ id: z.int(), name: z.string() });
const attachment = z.looseObject({ id: z.int(), file_type: z.string() });
const messageType = z.int().min(0).max(3).describe('0 incoming, 1 outgoing, 2 activity, 3 template');
const conversationStatus = z.enum(['open', 'resolved', 'pending', 'snoozed']);

export const messageShape = z.object({
  id: z.int(),
  content: z.string().nullable(),
  inbox_id: z.int(),
  echo_id: z.string().optional(),
  conversation_id: z.int(),
  message_type: messageType,
  content_type: z.string(),
  status: z.enum(['sent', 'delivered', 'read', 'failed']),
  content_attributes: attributes,
  created_at: z.int(),
  private: z.boolean(),
  source_id: z.string().nullable(),
  sender: sender.optional(),
  attachments: z.array(attachment).optional(),
});
export type MessageShape = z.infer<typeof messageShape>;

const hidden: Viewer = { kind: 'agents', contactTokens: 'hidden' };

/** A message within its conversation; null when the conversation is not there. */
export const messageView = (views: Reading, message: Row<'messages'>): MessageShape => {
  const conversation = views.get('conversations', message.accountId, message.conversationId)!;
  const payload = messagePayload(views, { message, conversation }, hidden);
  return {
    id: payload.id,
    content: payload.content,
    inbox_id: payload.inbox_id,
    conversation_id: payload.conversation_id,
    message_type: payload.message_type,
    content_type: payload.content_type,
    status: payload.status,
    content_attributes: payload.content_attributes,
    created_at: payload.created_at,
    private: payload.private,
    source_id: payload.source_id,
    ...(payload.sender === undefined ? {} : { sender: withoutToken(payload.sender) }),
    ...(payload.attachments === undefined ? {} : { attachments: payload.attachments }),
  };
};

/** No answer to an agent carries a customer's token. */
const withoutToken = <Sender extends { readonly id: number; readonly name: string }>(one: Sender) => {
  const { pubsub_token: _token, ...rest } = one as Sender & { readonly pubsub_token?: string };
  return rest;
};

export const conversationShape = z.object({
  meta: z.object({
    sender: contactShape.nullable(),
    channel: z.string(),
    assignee: agentShape.optional(),
    assignee_type: z.literal('User').optional(),
    team: teamShape.optional(),
    hmac_verified: z.boolean().nullable(),
  }),
  id: z.int().describe('counted per account'),
  messages: z.array(messageShape).describe('the newest message of any type'),
  account_id: z.int(),
  uuid: z.string(),
  additional_attributes: attributes,
  agent_last_seen_at: z.int(),
  assignee_last_seen_at: z.int(),
  contact_last_seen_at: z.int(),
  can_reply: z.boolean(),
  custom_attributes: attributes,
  inbox_id: z.int(),
  labels: z.array(z.string()),
  muted: z.boolean(),
  snoozed_until: z.string().nullable(),
  status: conversationStatus,
  created_at: z.int(),
  updated_at: z.number(),
  timestamp: z.int(),
  first_reply_created_at: z.int(),
  unread_count: z.int(),
  last_non_activity_message: messageShape.nullable(),
  last_activity_at: z.int(),
  priority: z.enum(['low', 'medium', 'high', 'urgent']).nullable(),
  waiting_since: z.int(),
  sla_policy_id: z.null(),
});
export type ConversationShape = z.infer<typeof conversationShape>;

export const conversationView = (
  views: Reading,
  conversation: Row<'conversations'>,
  online: Online,
): ConversationShape => {
  const { accountId, id } = conversation;
  const payload = conversationPayload(views, { conversation, now: Date.now() }, hidden);
  const last = views.lastMessage(accountId, id);
  const lastSaid = views.lastNonActivityMessage(accountId, id);
  return {
    meta: { ...metaOf(views, conversation, online), channel: payload.channel },
    id,
    messages: last === null ? [] : [messageView(views, last)],
    account_id: accountId,
    uuid: conversationUuid(accountId, id),
    additional_attributes: conversation.additionalAttributes,
    agent_last_seen_at: payload.agent_last_seen_at,
    assignee_last_seen_at: conversation.assigneeId === null ? 0 : payload.agent_last_seen_at,
    contact_last_seen_at: payload.contact_last_seen_at,
    can_reply: payload.can_reply,
    custom_attributes: conversation.customAttributes,
    inbox_id: conversation.inboxId,
    labels: conversation.labels,
    muted: views.get('contacts', accountId, conversation.contactId)?.blocked ?? false,
    snoozed_until: conversation.snoozedUntil,
    status: conversation.status,
    created_at: payload.created_at,
    updated_at: payload.updated_at,
    timestamp: payload.timestamp,
    first_reply_created_at: seconds(conversation.firstReplyAt),
    unread_count: payload.unread_count,
    last_non_activity_message: lastSaid === null ? null : messageView(views, lastSaid),
    last_activity_at: payload.last_activity_at,
    priority: conversation.priority,
    waiting_since: payload.waiting_since,
    sla_policy_id: null,
  };
};

/** Who is in a conversation. */
export const metaOf = (views: Reading, conversation: Row<'conversations'>, online: Online) => {
  const { accountId } = conversation;
  const contact = views.get('contacts', accountId, conversation.contactId);
  const assignee = agentOf(views, accountId, conversation.assigneeId);
  const team = conversation.teamId === null ? null : views.get('teams', accountId, conversation.teamId);
  return {
    sender: contact === null ? null : contactView(contact, online),
    ...(assignee === null ? {} : { assignee, assignee_type: 'User' as const }),
    ...(team === null ? {} : { team: teamView(team) }),
    hmac_verified: views.get('contactInboxes', accountId, conversation.contactInboxId)?.hmacVerified ?? null,
  };
};

const seconds = (ms: number | null): number => (ms === null ? 0 : Math.floor(ms / 1_000));

export const publicMessageShape = z.object({
  id: z.int(),
  content: z.string().nullable(),
  message_type: messageType,
  content_type: z.string(),
  content_attributes: attributes,
  created_at: z.int(),
  conversation_id: z.int(),
  attachments: z.array(attachment).optional(),
  sender: sender.optional(),
});
export type PublicMessageShape = z.infer<typeof publicMessageShape>;

const typeNumbers: { readonly [Type in MessageType]: number } = { incoming: 0, outgoing: 1, activity: 2, template: 3 };

/** A message as its customer reads it. */
export const publicMessage = (views: Reading, message: Row<'messages'>): PublicMessageShape => {
  const whole = messageView(views, message);
  return {
    id: message.id,
    content: message.content,
    message_type: typeNumbers[message.messageType],
    content_type: message.contentType,
    content_attributes: message.contentAttributes,
    created_at: whole.created_at,
    conversation_id: message.conversationId,
    ...(whole.attachments === undefined ? {} : { attachments: whole.attachments }),
    ...(whole.sender === undefined ? {} : { sender: whole.sender }),
  };
};

export const publicConversationShape = z.object({
  id: z.int().describe('counted per account'),
  uuid: z.string(),
  inbox_id: z.int(),
  status: conversationStatus,
  contact_last_seen_at: z.int(),
  agent_last_seen_at: z.int(),
  messages: z.array(publicMessageShape).describe('what the customer may read, the newest 1,000 at most'),
  contact: contactRowShape.nullable(),
});

/** A conversation as its customer reads it. */
export const publicConversation = (
  views: Reading,
  conversation: Row<'conversations'>,
): z.infer<typeof publicConversationShape> => {
  const { accountId, id } = conversation;
  const contact = views.get('contacts', accountId, conversation.contactId);
  const messages = views.messages(accountId, id, { chatOnly: true, limit: 1_000 });
  return {
    id,
    uuid: conversationUuid(accountId, id),
    inbox_id: conversation.inboxId,
    status: conversation.status,
    contact_last_seen_at: seconds(conversation.contactLastSeenAt),
    agent_last_seen_at: seconds(conversation.agentLastSeenAt),
    messages: messages.map((message) => publicMessage(views, message)),
    contact: contact === null ? null : contactRow(contact),
  };
};
