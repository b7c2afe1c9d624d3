/** A conversation, as it appears in frames. Field by field: the article's samples, and what today's clients need on top. */
import type { Row } from '../schema.ts';
import type { ReadViews } from '../views.ts';
import { messagePayload } from './message.ts';
import { contactPayload, userOf } from './people.ts';
import { iso, seconds } from './times.ts';
import { shownToken, type Viewer } from './viewer.ts';

export type ConversationPayload = ReturnType<typeof conversationPayload>;

/** The conversation as of `now`, the time of the event that is told. `messages` holds at most the newest chat message. */
export const conversationPayload = (
  views: ReadViews,
  { conversation, now }: { readonly conversation: Row<'conversations'>; readonly now: number },
  viewer: Viewer,
) => {
  const { accountId, id } = conversation;
  const channel = views.get('inboxes', accountId, conversation.inboxId)?.channel ?? '';
  const session = views.get('contactInboxes', accountId, conversation.contactInboxId);
  const last = views.lastChatMessage(accountId, id);
  return {
    additional_attributes: conversation.additionalAttributes,
    can_reply: canReply(channel, conversation.lastIncomingAt, now),
    channel,
    id,
    inbox_id: conversation.inboxId,
    contact_inbox: session === null ? null : contactInboxPayload(session),
    messages: last === null ? [] : [messagePayload(views, { message: last, conversation }, viewer)],
    meta: metaOf(views, { conversation, session }, viewer),
    status: conversation.status,
    unread_count: views.unreadCount(accountId, id, conversation.agentLastSeenAt),
    agent_last_seen_at: seconds(conversation.agentLastSeenAt),
    contact_last_seen_at: seconds(conversation.contactLastSeenAt),
    timestamp: seconds(conversation.lastActivityAt),
    custom_attributes: conversation.customAttributes,
    labels: conversation.labels,
    snoozed_until: conversation.snoozedUntil,
    priority: conversation.priority,
    first_reply_created_at: conversation.firstReplyAt === null ? null : iso(conversation.firstReplyAt),
    waiting_since: seconds(conversation.waitingSince),
    last_activity_at: seconds(conversation.lastActivityAt),
    created_at: seconds(conversation.createdAt),
    updated_at: conversation.updatedAt / 1_000,
  };
};

const metaOf = (
  views: ReadViews,
  { conversation, session }: { conversation: Row<'conversations'>; session: Row<'contactInboxes'> | null },
  viewer: Viewer,
) => {
  const { accountId } = conversation;
  const contact = views.get('contacts', accountId, conversation.contactId);
  const assignee = userOf(views, accountId, conversation.assigneeId);
  const team = conversation.teamId === null ? null : views.get('teams', accountId, conversation.teamId);
  return {
    sender: contact === null ? null : contactPayload(contact, shownToken(viewer, session)),
    assignee,
    assignee_type: assignee === null ? null : 'User',
    team: team === null ? null : { id: team.id, name: team.name },
    hmac_verified: session?.hmacVerified ?? null,
  };
};

/** Without the session's token: that is the customer's secret, and the original leaks it here. */
const contactInboxPayload = (session: Row<'contactInboxes'>) => ({
  id: session.id,
  contact_id: session.contactId,
  inbox_id: session.inboxId,
  source_id: session.sourceId,
  created_at: iso(session.createdAt),
  updated_at: iso(session.updatedAt),
  hmac_verified: session.hmacVerified,
});

const HOUR_MS = 3_600_000;
/** Channels that let a business answer only for a while after the customer's last message. */
const messagingWindows: Readonly<Record<string, number>> = {
  'Channel::Whatsapp': 24 * HOUR_MS,
  'Channel::FacebookPage': 24 * HOUR_MS,
  'Channel::Instagram': 24 * HOUR_MS,
  'Channel::Tiktok': 48 * HOUR_MS,
};

const canReply = (channel: string, lastIncomingAt: number | null, now: number): boolean => {
  const window = messagingWindows[channel];
  return window === undefined || (lastIncomingAt !== null && now - lastIncomingAt < window);
};
