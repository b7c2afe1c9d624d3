/**
 * The views in SQLite. All statements are prepared once: a query built per call costs five to ten times as much. Who writes them has
 * the rows in use in memory (hot-views.ts); who only reads them asks the file each time, because another writes it.
 *
 * Rows and checkpoint are written in one transaction, so the file is always true for exactly one position.
 */
import { hash } from 'node:crypto';
import { positionOf, type EventId } from '@cablehub/events';
import { allPartitions, rangeName, type PartitionRange } from '@cablehub/log';
import { and, asc, desc, eq, getTableColumns, gt, sql } from 'drizzle-orm';
import { openDatabase, openReadOnly, ViewsFault, type Database } from './database.ts';
import { hotViews } from './hot-views.ts';
import { queriesIn, type Queries } from './queries/queries.ts';
import { checkpoint, parked, tables, VIEWS_VERSION, type TableName } from './schema.ts';
import { UNREAD_LIMIT, type ReadableViews, type Views } from './views.ts';

/**
 * Opens the views kept in a file, or makes it, for the accounts of some partitions (all when absent). Faults: ViewsFault, also
 * for a file of another version or of other partitions.
 */
export const sqliteViews = (file: string, partitions: PartitionRange = allPartitions): Views =>
  viewsIn(openFor(file, partitions), rangeName(partitions)).views;

/** The same views with the questions of the HTTP APIs. `:memory:` keeps nothing. Faults: as of `sqliteViews`. */
export const queryableViews = (file: string, partitions: PartitionRange = allPartitions): QueryableViews => {
  const database = openFor(file, partitions);
  const { views, flush } = viewsIn(database, rangeName(partitions));
  return { ...views, ...afterEach(flush, queriesIn(database)) };
};

/** The same questions, each asked when nothing is kept back. */
const afterEach = (flush: () => void, queries: Queries): Queries =>
  Object.fromEntries(
    Object.entries(queries as unknown as Record<string, (...given: readonly unknown[]) => unknown>).map(
      ([name, ask]) => [
        name,
        (...given: readonly unknown[]) => {
          flush();
          return ask(...given);
        },
      ],
    ),
  ) as unknown as Queries;

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

const viewsIn = (database: Database, partitions: string): { readonly views: Views; readonly flush: () => void } => {
  const keep = writers(database);
  const hot = hotViews(database, { ...readersIn(database), putAsItIs: (table, row) => void keep.put[table].run(row) });
  const remember = database.prepare('INSERT INTO "event_ids" VALUES (?, ?) ON CONFLICT DO NOTHING');
  const views: Views = {
    ...hot.views,
    remember: (accountId, id) => remember.run(accountId, digestOf(id)).changes > 0,
    park: (event) => void keep.park.run(event),
    begin: () => database.execute('BEGIN IMMEDIATE'),
    commit: (position) => {
      hot.flush();
      keep.checkpoint.run({ position, partitions });
      database.execute('COMMIT');
    },
    rollback: () => {
      hot.forget();
      database.rollback();
    },
    close: database.close,
  };
  return { views, flush: hot.flush };
};

const DIGEST_BYTES = 16;
const digestOf = (id: EventId): Buffer => hash('sha256', id, 'buffer').subarray(0, DIGEST_BYTES);

/** What a projection asks of views, asked of the file each time. */
export const readersIn = (database: Database): Omit<ReadableViews, 'close'> => {
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
      // Sorted, for they are few: asked for in the order of the key, SQLite would go through all sessions of the account.
      .orderBy(sql`+${contactInboxes.id}`)
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
