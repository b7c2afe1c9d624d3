/** A message, as it appears in frames. Field by field: the article's samples, and what today's clients need on top. */
import type { MessageType, Sender } from '@cablehub/events';
import type { Row } from '../schema.ts';
import type { ReadViews } from '../views.ts';
import { contactPayload, userOf } from './people.ts';
import { iso, seconds } from './times.ts';
import { shownToken, type Viewer } from './viewer.ts';

/** The numbers by which clients know the types. */
const typeNumbers: { readonly [Type in MessageType]: number } = { incoming: 0, outgoing: 1, activity: 2, template: 3 };

export type MessagePayload = ReturnType<typeof messagePayload>;

/** The message within its conversation. `sender` and `attachments` are absent, not null, when there is none. */
export const messagePayload = (
  views: ReadViews,
  { message, conversation }: { readonly message: Row<'messages'>; readonly conversation: Row<'conversations'> },
  viewer: Viewer,
) => {
  const { accountId } = message;
  const session = views.get('contactInboxes', accountId, conversation.contactInboxId);
  const sender = senderOf(views, message, { conversation, session, viewer });
  return {
    id: message.id,
    content: message.content,
    account_id: accountId,
    inbox_id: conversation.inboxId,
    conversation_id: message.conversationId,
    message_type: typeNumbers[message.messageType],
    created_at: seconds(message.createdAt),
    updated_at: iso(message.updatedAt),
    private: message.private,
    status: message.status,
    source_id: message.sourceId,
    content_type: message.contentType,
    content_attributes: message.contentAttributes,
    ...senderKeys(message, sender),
    external_source_ids: message.externalSourceIds,
    ...(sender === null ? {} : { sender }),
    ...(message.attachments.length === 0 ? {} : { attachments: attachmentsOf(message) }),
    processed_message_content: message.content,
    additional_attributes: message.additionalAttributes,
    sentiment: message.sentiment,
    conversation: {
      assignee_id: conversation.assigneeId,
      unread_count: views.unreadCount(accountId, conversation.id, conversation.agentLastSeenAt),
      last_activity_at: seconds(conversation.lastActivityAt),
      contact_inbox: { source_id: session?.sourceId ?? '' },
    },
  };
};

const senderKeys = (message: Row<'messages'>, sender: { readonly id: number } | null) => ({
  sender_type: message.sender?.type ?? null,
  sender_id: sender?.id ?? message.sender?.id ?? null,
});

type SenderContext = {
  readonly conversation: Row<'conversations'>;
  readonly session: Row<'contactInboxes'> | null;
  readonly viewer: Viewer;
};

const senderOf = (views: ReadViews, message: Row<'messages'>, { conversation, session, viewer }: SenderContext) => {
  const { accountId, sender } = message;
  if (sender === null) return null;
  switch (sender.type) {
    case 'User':
      return userOf(views, accountId, sender.id);
    case 'AgentBot':
      return botPayload(sender);
    case 'Contact': {
      // A contact that was merged into another goes on as the one that the conversation is held with.
      const contact =
        views.get('contacts', accountId, sender.id) ?? views.get('contacts', accountId, conversation.contactId);
      const own = session?.contactId === contact?.id ? session : null;
      return contact === null ? null : contactPayload(contact, shownToken(viewer, own));
    }
  }
};

const botPayload = ({ id, name, avatar_url }: Extract<Sender, { type: 'AgentBot' }>) =>
  ({ id, name, avatar_url, type: 'agent_bot' }) as const;

const attachmentsOf = (message: Row<'messages'>) =>
  message.attachments.map((attachment) => ({
    ...attachment,
    message_id: message.id,
    account_id: message.accountId,
  }));
