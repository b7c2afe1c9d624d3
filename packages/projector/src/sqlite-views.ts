/**
 * The views in SQLite. All statements are prepared once: a query built per call costs five to ten times as much.
 *
 * Rows and checkpoint are written in one transaction, so the file is always true for exactly one position.
 */
import { createHash } from 'node:crypto';
import { positionOf, type EventId } from '@cablehub/events';
import { allPartitions, rangeName, type PartitionRange } from '@cablehub/log';
import { and, asc, desc, eq, getTableColumns, gt, sql } from 'drizzle-orm';
import { openDatabase, openReadOnly, ViewsFault, type Database } from './database.ts';
import { queriesIn, type Queries } from './queries/queries.ts';
import { checkpoint, eventIds, parked, tables, VIEWS_VERSION, type TableName } from './schema.ts';
import { UNREAD_LIMIT, type ReadableViews, type Views } from './views.ts';

/**
 * Opens the views kept in a file, or makes it, for the accounts of some partitions (all when absent). Faults: ViewsFault, also
 * for a file of another version or of other partitions.
 */
export const sqliteViews = (file: string, partitions: PartitionRange = allPartitions): Views =>
  viewsIn(openFor(file, partitions), rangeName(partitions));

/** The same views with the questions of the HTTP APIs. `:memory:` keeps nothing. Faults: as of `sqliteViews`. */
export const queryableViews = (file: string, partitions: PartitionRange = allPartitions): QueryableViews => {
  const database = openFor(file, partitions);
  return { ...viewsIn(database, rangeName(partitions)), ...queriesIn(database) };
};
export type QueryableViews = Views & Queries;

const openFor = (file: string, partitions: PartitionRange): Database => {
  const database = openDatabase(file);
  const kept = database.drizzle.select().from(checkpoint).get();
  const why = kept === undefined ? null : refusalOf(kept, rangeName(partitions));
  if (why === null) return database;
  database.close();
  throw new ViewsFault(`the views in ${file} are ${why}`);
};

const refusalOf = (kept: typeof checkpoint.$inferSelect, partitions: string): string | null => {
  if (kept.version !== VIEWS_VERSION) return `of version ${kept.version}; this hub makes version ${VIEWS_VERSION}`;
  if (kept.partitions !== partitions) return `of partitions ${kept.partitions}, not ${partitions}`;
  return null;
};

/**
 * Opens views to be read only, while another may be writing them. Faults: ViewsFault, also when an older file lacks what
 * today's questions ask for.
 */
export const readSqliteViews = (file: string): ReadableViews => {
  const database = openReadOnly(file);
  try {
    return { ...readersIn(database), close: database.close };
  } catch (cause) {
    database.close();
    throw new ViewsFault(`the views in ${file} cannot be read: ${String(cause)}`, { cause });
  }
};

const viewsIn = (database: Database, partitions: string): Views => {
  const keep = writers(database);
  return {
    ...readersIn(database),
    write: ({ table, row, remove }) => {
      if (row === undefined) keep.remove[table].run(remove);
      else keep.put[table].run(row);
    },
    remember: (accountId, id) => keep.remember.run({ accountId, digest: digestOf(id) }).changes > 0,
    park: (event) => void keep.park.run(event),
    begin: () => database.execute('BEGIN IMMEDIATE'),
    commit: (position) => {
      keep.checkpoint.run({ position, partitions });
      database.execute('COMMIT');
    },
    rollback: database.rollback,
    attempt: database.attempt,
    close: database.close,
  };
};

const DIGEST_BYTES = 16;
const digestOf = (id: EventId): Buffer => createHash('sha256').update(id).digest().subarray(0, DIGEST_BYTES);

const readersIn = (database: Database): Omit<ReadableViews, 'close'> => {
  const ask = questions(database);
  return {
    get: (table, accountId, id) => (ask.get[table].get({ accountId, id }) as never) ?? null,
    administratorsOf: (accountId) => ask.administrators.all({ accountId }).map(({ id }) => id),
    inboxesOf: (accountId, user) => ask.inboxes.all({ accountId, user }).map(({ id }) => id),
    sessionsOf: (accountId, contact) => ask.sessions.all({ accountId, contact }),
    conversationsOf: (accountId, contact) => ask.conversations.all({ accountId, contact }),
    lastChatMessage: (accountId, conversation) => ask.lastChatMessage.get({ accountId, conversation }) ?? null,
    unreadCount: (accountId, conversation, since) =>
      ask.unread.all({ accountId, conversation, since: since ?? -1 }).length,
    parked: () => ask.parked.all() as never,
    checkpoint: () => positionOf(ask.checkpoint.get()?.position ?? 0),
  };
};

const { placeholder } = sql;
const names = Object.keys(tables) as TableName[];
const perTable = <T>(make: (name: TableName) => T): Record<TableName, T> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<TableName, T>;

const questions = ({ drizzle }: Database) => {
  const { agents, contactInboxes, conversations, inboxes, messages } = tables;
  const ofConversation = and(
    eq(messages.accountId, placeholder('accountId')),
    eq(messages.conversationId, placeholder('conversation')),
  );
  return {
    get: perTable((name) => {
      const table = tables[name];
      const key = and(eq(table.accountId, placeholder('accountId')), eq(table.id, placeholder('id')));
      return drizzle.select().from(table).where(key).prepare();
    }),
    administrators: drizzle
      .select({ id: agents.id })
      .from(agents)
      .where(and(eq(agents.accountId, placeholder('accountId')), eq(agents.role, 'administrator')))
      .orderBy(asc(agents.id))
      .prepare(),
    inboxes: drizzle
      .select({ id: inboxes.id })
      .from(inboxes)
      .where(
        and(
          eq(inboxes.accountId, placeholder('accountId')),
          sql`${placeholder('user')} IN (SELECT value FROM json_each(${inboxes.members}))`,
        ),
      )
      .orderBy(asc(inboxes.id))
      .prepare(),
    sessions: drizzle
      .select()
      .from(contactInboxes)
      .where(
        and(
          eq(contactInboxes.accountId, placeholder('accountId')),
          eq(contactInboxes.contactId, placeholder('contact')),
        ),
      )
      .orderBy(asc(contactInboxes.id))
      .prepare(),
    conversations: drizzle
      .select()
      .from(conversations)
      .where(
        and(eq(conversations.accountId, placeholder('accountId')), eq(conversations.contactId, placeholder('contact'))),
      )
      .orderBy(asc(conversations.id))
      .prepare(),
    lastChatMessage: drizzle
      .select()
      .from(messages)
      .where(and(ofConversation, eq(messages.isChat, true)))
      .orderBy(desc(messages.position))
      .limit(1)
      .prepare(),
    unread: drizzle
      .select({ id: messages.id })
      .from(messages)
      .where(and(ofConversation, eq(messages.messageType, 'incoming'), gt(messages.createdAt, placeholder('since'))))
      .limit(UNREAD_LIMIT)
      .prepare(),
    parked: drizzle.select().from(parked).orderBy(parked.position).prepare(),
    checkpoint: drizzle.select({ position: checkpoint.position }).from(checkpoint).prepare(),
  };
};

const writers = ({ drizzle }: Database) => ({
  put: perTable((name) => {
    const table = tables[name];
    const columns = getTableColumns(table);
    const values = Object.fromEntries(Object.keys(columns).map((column) => [column, placeholder(column)]));
    const replaced = Object.fromEntries(
      Object.entries(columns).map(([key, column]) => [key, sql.raw(`excluded."${column.name}"`)]),
    );
    return drizzle
      .insert(table)
      .values(values as never)
      .onConflictDoUpdate({ target: [table.accountId, table.id], set: replaced })
      .prepare();
  }),
  remove: perTable((name) => {
    const table = tables[name];
    return drizzle
      .delete(table)
      .where(and(eq(table.accountId, placeholder('accountId')), eq(table.id, placeholder('id'))))
      .prepare();
  }),
  park: drizzle
    .insert(parked)
    .values({
      position: placeholder('position'),
      accountId: placeholder('accountId'),
      type: placeholder('type'),
      reason: placeholder('reason'),
    })
    .onConflictDoNothing()
    .prepare(),
  remember: drizzle
    .insert(eventIds)
    .values({ accountId: placeholder('accountId'), digest: placeholder('digest') })
    .onConflictDoNothing()
    .prepare(),
  checkpoint: drizzle
    .insert(checkpoint)
    .values({
      id: 1,
      position: placeholder('position'),
      version: VIEWS_VERSION,
      partitions: placeholder('partitions'),
    })
    .onConflictDoUpdate({ target: checkpoint.id, set: { position: sql.raw('excluded.position') } })
    .prepare(),
});
