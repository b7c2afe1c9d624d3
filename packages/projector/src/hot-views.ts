/**
 * The views of the one who writes them: rows, and what is asked of them most, in memory for as long as they are in use.
 *
 * Every read sees every write before it, kept back or not. What a failed attempt wrote is undone by writing what was there before.
 */
import type { AccountId, ContactId } from '@cablehub/events';
import { conversationTails, type Tail } from './conversation-tails.ts';
import { isDatabaseError, type Database } from './database.ts';
import { highestIn } from './highest.ts';
import { hotRows, type HotRows } from './hot-rows.ts';
import { recent } from './recent.ts';
import { tables, type Row, type TableName } from './schema.ts';
import { UNREAD_LIMIT, type ReadableViews, type Views, type Write } from './views.ts';

export type HotViewsPorts = Omit<ReadableViews, 'close'> & {
  readonly putAsItIs: (table: TableName, row: Row<TableName>) => void;
};

export type HotViews = {
  readonly views: Omit<ReadableViews, 'close'> & Pick<Views, 'write' | 'attempt'>;
  /** Brings everything into SQLite. */
  readonly flush: () => void;
  /** Forgets everything that is not there. */
  readonly forget: () => void;
};

/** How many lists of each kind stay in memory without being used. */
const LISTS = 2_048;

export const hotViews = (database: Database, { putAsItIs, ...stored }: HotViewsPorts): HotViews => {
  const rows = Object.fromEntries(
    (Object.keys(tables) as TableName[]).map((name) => [
      name,
      hotRows(database, { name, putAsItIs: (row) => putAsItIs(name, row) }),
    ]),
  ) as unknown as { readonly [Name in TableName]: HotRows<Name> };
  const of = (name: TableName) => rows[name] as unknown as HotRows<TableName>;
  const conversationsWithMessages = highestIn(database, {
    table: 'messages',
    column: 'conversation_id',
    flush: rows.messages.flush,
  });
  const contactsWithSessions = highestIn(database, {
    table: 'contact_inboxes',
    column: 'contact_id',
    flush: rows.contactInboxes.flush,
  });
  const storedTail = tailsIn(database, rows.messages);
  const tails = conversationTails((accountId, conversation) =>
    conversationsWithMessages.isBelow(accountId, conversation)
      ? { lastChat: null, incomingAt: [] }
      : storedTail(accountId, conversation),
  );
  const administrators = recent<readonly Row<'agents'>['id'][]>(LISTS);
  const sessions = recent<readonly Row<'contactInboxes'>['id'][]>(LISTS);
  let undo: Write[] | null = null;

  const sessionIdsOf = (accountId: AccountId, contact: ContactId): readonly Row<'contactInboxes'>['id'][] => {
    const known = sessions.get(accountId, contact);
    if (known !== undefined) return known;
    if (Number.isSafeInteger(contact) && contactsWithSessions.isBelow(accountId, contact)) return [];
    rows.contactInboxes.flush();
    const ids = stored.sessionsOf(accountId, contact).map(({ id }) => id);
    sessions.set(accountId, contact, ids);
    return ids;
  };

  /** What is kept beside the rows is kept true, or forgotten. */
  const follow: { readonly [Name in TableName]?: Follow<Name> } = {
    agents: ({ accountId }) => administrators.delete(accountId, 0),
    contactInboxes: ({ accountId }, { before, after }) => {
      contactsWithSessions.wrote(accountId, after?.contactId);
      if (after === null) return sessions.clear();
      if (before?.contactId === after.contactId) return;
      if (before !== null) sessions.delete(accountId, before.contactId);
      const known = sessions.get(accountId, after.contactId);
      if (known === undefined) return;
      sessions.set(
        accountId,
        after.contactId,
        [...known, after.id].toSorted((a, b) => a - b),
      );
    },
    messages: ({ accountId }, { before, after, given }) => {
      conversationsWithMessages.wrote(accountId, after?.conversationId);
      if (after !== null) return tails.wrote(before, after);
      tails.forget(accountId, before?.conversationId);
      tails.forget(accountId, given?.conversationId);
    },
  };

  const write = ({ table, row, remove }: Write): void => {
    const { accountId, id } = row ?? remove;
    const before = of(table).get(accountId, id);
    let after: Row<TableName> | null = null;
    if (row !== undefined) after = of(table).put(row);
    else of(table).remove(accountId, id);
    undo?.push((before === null ? { table, remove: { accountId, id } } : { table, row: before }) as Write);
    (follow[table] as Follow<TableName> | undefined)?.({ accountId }, { before, after, given: row ?? null });
  };

  return {
    views: {
      ...stored,
      get: (name, accountId, id) => of(name).get(accountId, id) as never,
      administratorsOf: (accountId) => {
        const known = administrators.get(accountId, 0);
        if (known !== undefined) return known;
        rows.agents.flush();
        const ids = stored.administratorsOf(accountId);
        administrators.set(accountId, 0, ids);
        return ids;
      },
      inboxesOf: (accountId, user) => {
        rows.inboxes.flush();
        return stored.inboxesOf(accountId, user);
      },
      sessionsOf: (accountId, contact) =>
        sessionIdsOf(accountId, contact).flatMap((id) => rows.contactInboxes.get(accountId, id) ?? []),
      conversationsOf: (accountId, contact) => {
        rows.conversations.flush();
        return stored.conversationsOf(accountId, contact);
      },
      lastChatMessage: (accountId, conversation) => {
        const tail = tails.of(accountId, conversation);
        if (tail !== null) return tail.lastChat && rows.messages.get(accountId, tail.lastChat.id);
        rows.messages.flush();
        return stored.lastChatMessage(accountId, conversation);
      },
      unreadCount: (accountId, conversation, since) => {
        const tail = tails.of(accountId, conversation);
        if (tail !== null && (since === null || typeof since === 'number')) return unreadIn(tail, since ?? -1);
        rows.messages.flush();
        return stored.unreadCount(accountId, conversation, since);
      },
      write,
      attempt: (work) => {
        undo = [];
        try {
          return work();
        } catch (error) {
          // The transaction has ended, or will: what was written after it would stay.
          if (isDatabaseError(error)) throw error;
          const written = undo.toReversed();
          undo = null;
          for (const one of written) write(one);
          throw error;
        } finally {
          undo = null;
        }
      },
    },
    flush: () => {
      for (const table of Object.values(rows)) table.flush();
    },
    forget: () => {
      for (const table of Object.values(rows)) table.forget();
      for (const kept of [conversationsWithMessages, contactsWithSessions]) kept.forget();
      tails.forgetAll();
      administrators.clear();
      sessions.clear();
    },
  };
};

const unreadIn = ({ incomingAt }: Tail, since: number): number => {
  const read = incomingAt.findIndex((at) => at <= since);
  return read < 0 ? incomingAt.length : read;
};

type Change<Name extends TableName> = {
  readonly before: Row<Name> | null;
  /** As it will be read back; null: it is gone, or only SQLite knows. */
  readonly after: Row<Name> | null;
  /** As it was given; null: it is gone. */
  readonly given: Row<Name> | null;
};
type Follow<Name extends TableName> = (place: { readonly accountId: AccountId }, change: Change<Name>) => void;

const tailsIn = (database: Database, messages: HotRows<'messages'>) => {
  const where = 'FROM "messages" WHERE "account_id" = ? AND "conversation_id" = ?';
  const chat = database
    .prepare(`SELECT "id", "position" ${where} AND "is_chat" = 1 ORDER BY "position" DESC LIMIT 1`)
    .raw();
  const incoming = database
    .prepare(
      `SELECT "created_at" ${where} AND "message_type" = 'incoming' ORDER BY "created_at" DESC LIMIT ${UNREAD_LIMIT}`,
    )
    .raw();
  return (accountId: AccountId, conversation: Row<'conversations'>['id']): Tail | null => {
    messages.flush();
    const last = (chat.get(accountId, conversation) ?? null) as readonly [Row<'messages'>['id'], number] | null;
    const incomingAt = (incoming.all(accountId, conversation) as readonly (readonly [number])[]).map(([at]) => at);
    if (![...(last ?? []), ...incomingAt].every(Number.isSafeInteger)) return null;
    return { lastChat: last && { id: last[0], position: last[1] }, incomingAt };
  };
};
