/**
 * What every frame about a conversation asks of its messages: the newest that a customer may read, and how many are unread.
 *
 * Kept per conversation and moved with each message, so that neither is looked for again as long as the conversation is in use.
 */
import type { AccountId, ConversationId } from '@cablehub/events';
import { recent } from './recent.ts';
import type { Row } from './schema.ts';
import { UNREAD_LIMIT } from './views.ts';

type Message = Row<'messages'>;

export type Tail = {
  /** The newest message that a customer may read, and its position; null: there is none. */
  lastChat: { readonly id: Message['id']; readonly position: number } | null;
  /** When the newest incoming messages were written, the newest first: as many as are counted. */
  incomingAt: readonly number[];
};

export type ConversationTails = {
  /** Null: only SQLite knows, because not every message is plain. */
  readonly of: (accountId: AccountId, conversation: ConversationId) => Tail | null;
  /** A message was written; `before` is what it was. */
  readonly wrote: (before: Message | null, after: Message) => void;
  /** A message was written or removed, and nothing more is known of it. */
  readonly forget: (accountId: AccountId, conversation: unknown) => void;
  readonly forgetAll: () => void;
};

const LIMIT = 2_048;

/** `load` reads a tail from what is stored; null: its values are not all numbers. */
export const conversationTails = (load: ConversationTails['of']): ConversationTails => {
  const tails = recent<Tail | null>(LIMIT);

  const forget = (accountId: AccountId, conversation: unknown): void => {
    // SQLite may take what is no number for one.
    if (typeof conversation === 'number') tails.delete(accountId, conversation);
    else tails.clear();
  };

  return {
    of: (accountId, conversation) => {
      const known = tails.get(accountId, conversation);
      if (known !== undefined || !Number.isSafeInteger(conversation)) return known ?? null;
      const loaded = load(accountId, conversation);
      tails.set(accountId, conversation, loaded);
      return loaded;
    },
    wrote: (before, after) => {
      if (before === null) {
        const tail = tails.get(after.accountId, after.conversationId);
        if (tail != null) append(tail, after);
      } else if (!isInPlace(before, after)) {
        forget(before.accountId, before.conversationId);
        forget(after.accountId, after.conversationId);
      }
    },
    forget,
    forgetAll: tails.clear,
  };
};

const append = (tail: Tail, { id, position, isChat, messageType, createdAt }: Message): void => {
  if (isChat && position > (tail.lastChat?.position ?? -1)) tail.lastChat = { id, position };
  if (messageType === 'incoming')
    tail.incomingAt = [...tail.incomingAt, createdAt].toSorted((a, b) => b - a).slice(0, UNREAD_LIMIT);
};

/** Whether nothing changed by which a message is found or counted. */
const isInPlace = (before: Message, after: Message): boolean =>
  before.conversationId === after.conversationId &&
  before.position === after.position &&
  before.isChat === after.isChat &&
  before.messageType === after.messageType &&
  before.createdAt === after.createdAt;
