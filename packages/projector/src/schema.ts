/**
 * The tables of the views. One row per thing, keyed by its account first; everything here can be rebuilt from the log.
 *
 * Times are milliseconds since 1970. JSON columns hold what events carried, as it was.
 */
import type {
  AccountId,
  Attachment,
  Attributes,
  Availability,
  ContactId,
  ContactInboxId,
  ConversationId,
  ConversationStatus,
  InboxId,
  MessageId,
  MessageStatus,
  MessageType,
  Priority,
  PubsubToken,
  Role,
  Sender,
  TeamId,
  UserId,
} from '@cablehub/events';
import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text, type AnySQLiteColumn } from 'drizzle-orm/sqlite-core';

/** Raised with every change of what the views hold; a file of an older version is rebuilt from the log. */
export const VIEWS_VERSION = 2;

const key = <Id extends number>() => ({
  accountId: integer('account_id').$type<AccountId>().notNull(),
  id: integer('id').$type<Id>().notNull(),
});

const keyed = (table: { accountId: AnySQLiteColumn; id: AnySQLiteColumn }) => [
  primaryKey({ columns: [table.accountId, table.id] }),
];

const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>().notNull();
const flag = (name: string) => integer(name, { mode: 'boolean' }).notNull();

/**
 * The position of the last event about the thing, whatever became of it: the log's expected version of the next one. Set by
 * `project` (projection.ts) and nowhere else.
 */
const version = () => integer('version').notNull().default(0);

/** How far the views have come. One row. */
export const checkpoint = sqliteTable('checkpoint', {
  id: integer('id').primaryKey(),
  position: integer('position').notNull(),
  version: integer('version').notNull(),
  /** Whose accounts the views hold: `0-31`. */
  partitions: text('partitions').notNull().default('0-63'),
});

/**
 * The ids of all events that were taken or parked, so that each is taken once, however late it is sent again. An id is kept as
 * the first 16 bytes of its SHA-256; the table is its own index (WITHOUT ROWID, which the migration says).
 */
export const eventIds = sqliteTable(
  'event_ids',
  {
    accountId: integer('account_id').$type<AccountId>().notNull(),
    digest: blob('digest', { mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.digest] })],
);

/** Events that no projection could take. They keep their place in the log; the rest goes on. */
export const parked = sqliteTable('parked', {
  position: integer('position').primaryKey(),
  accountId: integer('account_id').$type<AccountId>().notNull(),
  type: text('type').notNull(),
  reason: text('reason').notNull(),
});

export const accounts = sqliteTable('accounts', { ...key<AccountId>(), name: text('name').notNull() }, keyed);

export const users = sqliteTable(
  'users',
  {
    ...key<UserId>(),
    name: text('name').notNull(),
    availableName: text('available_name').notNull(),
    avatarUrl: text('avatar_url').notNull(),
    email: text('email'),
    pubsubToken: text('pubsub_token').$type<PubsubToken>().notNull(),
    /** What the token of the HTTP API is recognised by; null: the user has none. */
    accessTokenHash: text('access_token_hash'),
    version: version(),
  },
  (table) => [
    ...keyed(table),
    index('users_by_id').on(table.id),
    index('users_by_access_token').on(table.accessTokenHash),
    index('users_by_email').on(table.accountId, sql`lower("email")`),
  ],
);

export const agents = sqliteTable(
  'agents',
  {
    ...key<UserId>(),
    role: text('role').$type<Role>().notNull(),
    /** What the agent has chosen. */
    availability: text('availability').$type<Availability>().notNull(),
    autoOffline: flag('auto_offline'),
    /** What the agent is in effect, as presence last said. */
    status: text('status').$type<Availability>().notNull(),
    version: version(),
  },
  (table) => [...keyed(table), index('agents_by_role').on(table.accountId, table.role)],
);

export const inboxes = sqliteTable(
  'inboxes',
  {
    ...key<InboxId>(),
    name: text('name').notNull(),
    channel: text('channel').notNull(),
    members: json<UserId[]>('members'),
    /** The name of an API inbox in the Client API; null: it is none. */
    identifier: text('identifier'),
    hmacToken: text('hmac_token'),
    hmacMandatory: flag('hmac_mandatory').default(false),
    lockToSingleConversation: flag('lock_to_single_conversation').default(false),
    version: version(),
  },
  (table) => [...keyed(table), index('inboxes_by_identifier').on(table.identifier)],
);

export const teams = sqliteTable('teams', { ...key<TeamId>(), name: text('name').notNull() }, keyed);

export const contacts = sqliteTable(
  'contacts',
  {
    ...key<ContactId>(),
    name: text('name').notNull(),
    email: text('email'),
    phoneNumber: text('phone_number'),
    identifier: text('identifier'),
    thumbnail: text('thumbnail').notNull(),
    additionalAttributes: json<Attributes>('additional_attributes'),
    customAttributes: json<Attributes>('custom_attributes'),
    blocked: flag('blocked'),
    createdAt: integer('created_at').notNull().default(0),
    updatedAt: integer('updated_at').notNull().default(0),
    version: version(),
  },
  (table) => [
    ...keyed(table),
    index('contacts_by_email').on(table.accountId, sql`lower("email")`),
    index('contacts_by_phone').on(table.accountId, table.phoneNumber),
    index('contacts_by_identifier').on(table.accountId, table.identifier),
  ],
);

export const contactInboxes = sqliteTable(
  'contact_inboxes',
  {
    ...key<ContactInboxId>(),
    contactId: integer('contact_id').$type<ContactId>().notNull(),
    inboxId: integer('inbox_id').$type<InboxId>().notNull(),
    sourceId: text('source_id').notNull(),
    pubsubToken: text('pubsub_token').$type<PubsubToken>().notNull(),
    hmacVerified: flag('hmac_verified'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    version: version(),
  },
  (table) => [
    ...keyed(table),
    index('contact_inboxes_by_contact').on(table.accountId, table.contactId),
    index('contact_inboxes_by_source').on(table.accountId, table.inboxId, table.sourceId),
  ],
);

export const conversations = sqliteTable(
  'conversations',
  {
    ...key<ConversationId>(),
    inboxId: integer('inbox_id').$type<InboxId>().notNull(),
    contactId: integer('contact_id').$type<ContactId>().notNull(),
    contactInboxId: integer('contact_inbox_id').$type<ContactInboxId>().notNull(),
    assigneeId: integer('assignee_id').$type<UserId>(),
    teamId: integer('team_id').$type<TeamId>(),
    status: text('status').$type<ConversationStatus>().notNull(),
    snoozedUntil: text('snoozed_until'),
    priority: text('priority').$type<Priority>(),
    labels: json<string[]>('labels'),
    additionalAttributes: json<Attributes>('additional_attributes'),
    customAttributes: json<Attributes>('custom_attributes'),
    agentLastSeenAt: integer('agent_last_seen_at'),
    contactLastSeenAt: integer('contact_last_seen_at'),
    firstReplyAt: integer('first_reply_at'),
    /** Since when the customer waits for an answer; null: they do not. */
    waitingSince: integer('waiting_since'),
    lastIncomingAt: integer('last_incoming_at'),
    lastActivityAt: integer('last_activity_at').notNull(),
    createdAt: integer('created_at').notNull(),
    /** Never decreases, whatever the producers' clocks say: clients drop an update that is older than what they hold. */
    updatedAt: integer('updated_at').notNull(),
    version: version(),
  },
  (table) => {
    const filtered = [table.inboxId, table.assigneeId, table.teamId] as const;
    return [
      ...keyed(table),
      // What lists filter by is in the index: the rows that are left out of a list or a count are never fetched.
      index('conversations_by_status').on(table.accountId, table.status, table.lastActivityAt, ...filtered),
      index('conversations_by_activity').on(table.accountId, table.lastActivityAt, ...filtered),
      index('conversations_by_contact').on(table.accountId, table.contactId, table.id),
      index('conversations_by_session').on(table.accountId, table.contactInboxId, table.id),
    ];
  },
);

export const messages = sqliteTable(
  'messages',
  {
    ...key<MessageId>(),
    conversationId: integer('conversation_id').$type<ConversationId>().notNull(),
    /** The position of its `message.created`: the order of a conversation. */
    position: integer('position').notNull(),
    content: text('content'),
    messageType: text('message_type').$type<MessageType>().notNull(),
    contentType: text('content_type').notNull(),
    contentAttributes: json<Attributes>('content_attributes'),
    private: flag('private'),
    status: text('status').$type<MessageStatus>().notNull(),
    sender: text('sender', { mode: 'json' }).$type<Sender>(),
    sourceId: text('source_id'),
    externalSourceIds: json<Attributes>('external_source_ids'),
    additionalAttributes: json<Attributes>('additional_attributes'),
    sentiment: json<Attributes>('sentiment'),
    attachments: json<Attachment[]>('attachments'),
    /** What a customer may read: neither private nor an activity. */
    isChat: flag('is_chat'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    version: version(),
  },
  (table) => [
    ...keyed(table),
    index('messages_by_conversation').on(table.accountId, table.conversationId, table.position, table.isChat),
    index('messages_unread').on(table.accountId, table.conversationId, table.messageType, table.createdAt),
  ],
);

/** The tables of rows keyed by account and id, by name. */
export const tables = {
  accounts,
  users,
  agents,
  inboxes,
  teams,
  contacts,
  contactInboxes,
  conversations,
  messages,
} as const;
export type Tables = typeof tables;
export type TableName = keyof Tables;
export type Row<Name extends TableName> = Readonly<Tables[Name]['$inferSelect']>;
