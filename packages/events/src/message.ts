import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { contactId, conversationId, messageId, userId } from './ids.ts';
import { attributes, name, performer, text, url } from './values.ts';

export const messageType = z.enum(['incoming', 'outgoing', 'activity', 'template']);
export type MessageType = z.infer<typeof messageType>;

export const messageStatus = z.enum(['sent', 'delivered', 'read', 'failed']);
export type MessageStatus = z.infer<typeof messageStatus>;

/** Who wrote a message. A bot has no events of its own, so it is described where it speaks. */
export const sender = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Contact'), id: contactId }),
  z.strictObject({ type: z.literal('User'), id: userId }),
  z.strictObject({ type: z.literal('AgentBot'), id: z.int().positive(), name, avatar_url: url.default('') }),
]);
export type Sender = z.infer<typeof sender>;

/** A file of a message, as clients receive it; the keys beside these depend on its type and pass through. */
export const attachment = z.looseObject({
  id: z.int().positive(),
  file_type: z.string().max(64),
  data_url: url.optional(),
});
export type Attachment = z.infer<typeof attachment>;

const content = z.string().max(150_000).nullable();
/** `text`, `input_email`, `cards`, `input_csat`, …: open, because installations add their own. */
const contentType = z.string().regex(/^[a-z_]{1,64}$/, 'must be lower-case letters and underscores');
const attachments = z.array(attachment).max(15);

export const messageEvents = {
  'message.created': defineEvent({
    entity: 'message',
    version: 2,
    data: z.strictObject({
      id: messageId,
      conversation_id: conversationId,
      content: content.default(null),
      message_type: messageType,
      content_type: contentType.default('text'),
      content_attributes: attributes.default({}),
      private: z.boolean().default(false),
      status: messageStatus.default('sent'),
      sender: sender.nullable().default(null),
      source_id: text.nullable().default(null),
      external_source_ids: attributes.default({}),
      additional_attributes: attributes.default({}),
      sentiment: attributes.default({}),
      attachments: attachments.default([]),
      /** The sending client's own mark for the message it shows as pending. Comes back once, in `message.created`. */
      echo_id: text.optional(),
      ...performer,
    }),
    entityId: (data) => data.id,
  }),
  'message.updated': defineEvent({
    entity: 'message',
    version: 1,
    data: z.strictObject({
      id: messageId,
      content: content.optional(),
      content_type: contentType.optional(),
      content_attributes: attributes.optional(),
      status: messageStatus.optional(),
      source_id: text.nullable().optional(),
      external_source_ids: attributes.optional(),
      additional_attributes: attributes.optional(),
      sentiment: attributes.optional(),
      attachments: attachments.optional(),
      ...performer,
    }),
    entityId: (data) => data.id,
  }),
} as const;
