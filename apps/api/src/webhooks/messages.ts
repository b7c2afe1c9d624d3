/** What a webhook says of its message: made when it is new, else what became different (pure). */
import type { eventDefinitions } from '@cablehub/events';
import type { Row } from '@cablehub/projector';
import type { z } from 'zod';
import { takeConversation } from './conversations.ts';
import type { MessageSaid } from './payload.ts';
import { knowAccount, senderOf } from './people.ts';
import type { Writing } from './writing.ts';

/** False: its conversation is new, and the webhook does not tell what one needs. */
export const takeMessage = (writing: Writing, said: MessageSaid): boolean => {
  knowAccount(writing, said.account);
  const { conversation, inbox } = said;
  if (!takeConversation(writing, { said: conversation, at: conversation.updated_at, inboxName: inbox?.name }))
    return false;
  const row = writing.views.get('messages', writing.accountId, said.id);
  if (row === null) create(writing, said);
  else if (said.event === 'message_updated') update(writing, said, row);
  return true;
};

type Details = MessageSaid | NonNullable<MessageSaid['conversation']['messages']>[number];

/** What a message's webhook leaves out is told by its conversation, as long as it is the last one there. */
const againIn = ({ id, conversation }: MessageSaid): Details | undefined =>
  conversation.messages?.find((message) => message.id === id);

type Changes = Omit<z.input<(typeof eventDefinitions)['message.updated']['data']>, 'id' | 'performer_id'>;

/** The columns of a change, and where the views have them. */
const columns = {
  content: 'content',
  content_type: 'contentType',
  content_attributes: 'contentAttributes',
  status: 'status',
  source_id: 'sourceId',
  external_source_ids: 'externalSourceIds',
  additional_attributes: 'additionalAttributes',
  sentiment: 'sentiment',
  attachments: 'attachments',
} as const satisfies Readonly<Record<keyof Changes, keyof Row<'messages'>>>;
const keys = Object.keys(columns) as readonly (keyof Changes)[];

/** Ids of some channels are longer than any that is kept; nothing could be found by a part of one. */
const isKept = (key: string, value: unknown): boolean =>
  value != null && !(key === 'source_id' && String(value).length > 255);

const toldIn = (said: MessageSaid): Changes => {
  const again = againIn(said);
  const told = keys.map((key) => [key, said[key] ?? again?.[key]] as const);
  return Object.fromEntries(told.filter(([key, value]) => isKept(key, value)));
};

const create = (writing: Writing, said: MessageSaid): void => {
  const { id, conversation, message_type, created_at: at } = said;
  const sender = senderOf(writing, said, at);
  const isPrivate = said.private ?? againIn(said)?.private ?? false;
  const data = { id, conversation_id: conversation.id, message_type, sender, private: isPrivate };
  writing.add('message.created', { ...toldIn(said), ...data }, { at });
};

const update = (writing: Writing, said: MessageSaid, row: Row<'messages'>): void => {
  const at = said.updated_at ?? againIn(said)?.updated_at ?? null;
  if (at !== null && at < row.updatedAt) return;
  const told = { ...withoutFiles(said), ...toldIn(said) };
  const changes = Object.fromEntries(
    Object.entries(told).filter(([key, value]) => !isSame(key, value, row[columns[key as keyof Changes]])),
  );
  if (Object.keys(changes).length > 0)
    writing.add('message.updated', { id: said.id, ...changes }, { at, version: row.version });
};

/** A deleted message has lost its files, and says so by not speaking of them. */
const withoutFiles = ({ content_attributes: attributes }: MessageSaid): Changes =>
  attributes?.['deleted'] === true ? { attachments: [] } : {};

/** Addresses of files may be signed anew each time; a file is another when its id is. */
const isSame = (key: string, told: unknown, known: unknown): boolean =>
  key === 'attachments' ? idsOf(told) === idsOf(known) : JSON.stringify(told) === JSON.stringify(known);

const idsOf = (attachments: unknown): string => (attachments as readonly { id: number }[]).map(({ id }) => id).join();
