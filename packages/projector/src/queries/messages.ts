/** The messages of a conversation. Their order is that of the log; an id is looked up to its position. */
import type { MessageId } from '@cablehub/events';
import { asc, desc, eq, gt, gte, lte, ne, sql, type SQL } from 'drizzle-orm';
import { tables, type Row } from '../schema.ts';
import { all, lazily, ofAccount, placeholder, unlessNull, type Drizzle } from './statements.ts';

/**
 * Which messages: without `before` and `after` the newest 20; with `before` the newest 20 before it; with `after` the oldest
 * 100 after it; with both the oldest 1,000 from `after` on, itself included, up to and without `before`.
 *
 * A message that is not there stands for the place where its id would be among those of the account.
 */
export type MessageWindow = {
  readonly before?: MessageId;
  readonly after?: MessageId;
  /** Only what a customer may read: neither private nor an activity. Default false. */
  readonly chatOnly?: boolean;
  /** Other than the numbers above; at most 1,000. */
  readonly limit?: number;
};

/** Where a message is among those of all accounts, by account and id; 0 and 0: before the first. */
export type MessagePlace = { readonly accountId: number; readonly id: number };

const MOST = 1_000;
const NEWEST = 20;
const AFTER = 100;
const { messages } = tables;

export const messageQueries = (drizzle: Drizzle) => {
  const ofConversation = all(ofAccount('messages'), eq(messages.conversationId, placeholder('conversation')));
  const select = (condition: SQL, ...order: readonly SQL[]) =>
    drizzle
      .select()
      .from(messages)
      .where(condition)
      .orderBy(...order)
      .limit(placeholder('limit'));
  const window = lazily((direction: 'asc' | 'desc') =>
    select(
      all(
        ofConversation,
        gte(messages.position, placeholder('from')),
        lte(messages.position, placeholder('to')),
        unlessNull('chat', eq(messages.isChat, true)),
      ),
      (direction === 'asc' ? asc : desc)(messages.position),
    ).prepare(),
  );
  const statements = {
    place: drizzle
      .select({ id: messages.id, position: messages.position })
      .from(messages)
      .where(all(ofAccount('messages'), lte(messages.id, placeholder('id'))))
      .orderBy(desc(messages.id))
      .limit(1)
      .prepare(),
    nonActivity: select(all(ofConversation, ne(messages.messageType, 'activity')), desc(messages.position)).prepare(),
    times: drizzle
      .select({ createdAt: messages.createdAt })
      .from(messages)
      .where(ofConversation)
      .orderBy(desc(messages.position))
      .limit(placeholder('limit'))
      .prepare(),
    behind: drizzle
      .select({ accountId: messages.accountId, id: messages.id, attachments: messages.attachments })
      .from(messages)
      .where(sql`(${messages.accountId}, ${messages.id}) > (${placeholder('accountId')}, ${placeholder('id')})`)
      .orderBy(asc(messages.accountId), asc(messages.id))
      .limit(placeholder('limit'))
      .prepare(),
    unread: select(
      all(
        ofConversation,
        sql`${messages.messageType} IN ('outgoing', 'template')`,
        gt(messages.createdAt, placeholder('after')),
        lte(messages.createdAt, placeholder('upTo')),
        sql`${messages.status} IN ('sent', 'delivered')`,
        eq(messages.isChat, true),
      ),
      asc(messages.position),
    ).prepare(),
  };

  /** Where a message is, or would be: what is up to `at` comes before it, what is behind `at` after it. */
  const placeOf = (accountId: number, id: number): { readonly at: number; readonly isThere: boolean } => {
    const found = statements.place.get({ accountId, id });
    return { at: found?.position ?? 0, isThere: found?.id === id };
  };

  const within = (accountId: number, { before, after }: MessageWindow): { from: number; to: number } => {
    const end = before === undefined ? null : placeOf(accountId, before);
    const start = after === undefined ? null : placeOf(accountId, after);
    const isIncluded = start?.isThere === true && before !== undefined;
    return {
      from: start === null ? 0 : start.at + (isIncluded ? 0 : 1),
      to: end === null ? Number.MAX_SAFE_INTEGER : end.at - (end.isThere ? 1 : 0),
    };
  };

  const read = (accountId: number, conversation: number, asked: MessageWindow): readonly Row<'messages'>[] => {
    const { before, after, chatOnly = false } = asked;
    const usual = after === undefined ? NEWEST : before === undefined ? AFTER : MOST;
    const limit = Math.min(asked.limit ?? usual, MOST);
    const wanted = { accountId, conversation, ...within(accountId, asked), chat: chatOnly ? 1 : null, limit };
    return after === undefined ? window('desc').all(wanted).toReversed() : window('asc').all(wanted);
  };

  return {
    /** Of all kinds, to look at their plans. */
    statements: () => [...Object.values(statements), window('asc'), window('desc')],
    answers: {
      messages: (accountId: number, conversation: number, asked: MessageWindow = {}) =>
        read(accountId, conversation, asked),
      lastMessage: (accountId: number, conversation: number) => read(accountId, conversation, { limit: 1 })[0] ?? null,
      lastNonActivityMessage: (accountId: number, conversation: number) =>
        statements.nonActivity.get({ accountId, conversation, limit: 1 }) ?? null,
      messagesSince: (accountId: number, conversation: number, { since, of }: { since: number; of: number }) =>
        statements.times.all({ accountId, conversation, limit: of }).filter(({ createdAt }) => createdAt >= since)
          .length,
      attachmentsBehind: (place: MessagePlace, limit: number) => statements.behind.all({ ...place, limit }),
      unreadByContact: (accountId: number, conversation: number, times: { after: number | null; upTo: number }) =>
        statements.unread.all({ accountId, conversation, after: times.after ?? -1, upTo: times.upTo, limit: MOST }),
    },
  };
};
