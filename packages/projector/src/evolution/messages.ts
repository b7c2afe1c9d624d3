/** Messages, and what each does to its conversation. */
import type { EventType, RecordedOf } from '@cablehub/events';
import type { Row } from '../schema.ts';
import {
  changed,
  existing,
  timeOf,
  unknown,
  wrote,
  type Evolves,
  type PreviousChanges,
  type Unversioned,
} from './evolution.ts';

type MessageEvent = Extract<EventType, `message.${string}`>;

export const messages: Evolves<MessageEvent> = {
  'message.created': (views, event) => {
    const { accountId, data } = event;
    if (views.get('messages', accountId, data.id) !== null) return existing('message', data.id);
    const conversation = views.get('conversations', accountId, data.conversation_id);
    if (conversation === null) return unknown('conversation', data.conversation_id);
    const row = created(event);
    return wrote(
      { table: 'messages', row },
      { table: 'conversations', row: { ...conversation, ...afterMessage(conversation, row) } },
    );
  },

  'message.updated': (views, event) => {
    const { accountId, data } = event;
    const old = views.get('messages', accountId, data.id);
    if (old === null) return unknown('message', data.id);
    const row = changed(old, {
      content: data.content,
      contentType: data.content_type,
      contentAttributes: data.content_attributes,
      status: data.status,
      sourceId: data.source_id,
      externalSourceIds: data.external_source_ids,
      additionalAttributes: data.additional_attributes,
      sentiment: data.sentiment,
      attachments: data.attachments,
      updatedAt: Math.max(old.updatedAt, timeOf(event)),
    });
    return { ok: true, writes: [{ table: 'messages', row }], previousChanges: differences(old, row) };
  },
};

const created = (event: RecordedOf<'message.created'>): Unversioned<'messages'> => {
  const { accountId, data, position } = event;
  const at = timeOf(event);
  return {
    accountId,
    id: data.id,
    conversationId: data.conversation_id,
    position,
    content: data.content,
    messageType: data.message_type,
    contentType: data.content_type,
    contentAttributes: data.content_attributes,
    private: data.private,
    status: data.status,
    sender: data.sender,
    sourceId: data.source_id,
    externalSourceIds: data.external_source_ids,
    additionalAttributes: data.additional_attributes,
    sentiment: data.sentiment,
    attachments: data.attachments,
    isChat: !data.private && data.message_type !== 'activity',
    createdAt: at,
    updatedAt: at,
  };
};

/** A customer's message makes them wait; an agent's or a bot's answer ends it; a person's first answer is remembered. */
const afterMessage = (old: Row<'conversations'>, message: Unversioned<'messages'>): Partial<Row<'conversations'>> => {
  const at = message.createdAt;
  const isIncoming = message.messageType === 'incoming';
  const isAnswer = message.messageType === 'outgoing' && !message.private;
  const isFirstReply = isAnswer && message.sender?.type === 'User' && old.firstReplyAt === null;
  return {
    lastActivityAt: Math.max(old.lastActivityAt, at),
    updatedAt: Math.max(old.updatedAt, at),
    ...(isIncoming ? { lastIncomingAt: at, waitingSince: old.waitingSince ?? at } : {}),
    ...(isAnswer ? { waitingSince: null } : {}),
    ...(isFirstReply ? { firstReplyAt: at } : {}),
  };
};

const columns = {
  content: 'content',
  contentType: 'content_type',
  contentAttributes: 'content_attributes',
  status: 'status',
  sourceId: 'source_id',
  externalSourceIds: 'external_source_ids',
  additionalAttributes: 'additional_attributes',
  sentiment: 'sentiment',
} as const satisfies Partial<Record<keyof Row<'messages'>, string>>;

/** What became different, by the name clients know it. The text of a deleted message is not told again. */
const differences = (old: Row<'messages'>, row: Row<'messages'>): PreviousChanges => {
  const isDeleted = row.contentAttributes['deleted'] === true;
  const entries = Object.entries(columns).flatMap(([column, name]) => {
    const before = old[column as keyof typeof columns];
    const after = row[column as keyof typeof columns];
    const isTold = JSON.stringify(before) !== JSON.stringify(after) && !(isDeleted && column === 'content');
    return isTold ? [[name, [before, after]] as const] : [];
  });
  return Object.fromEntries(entries);
};
