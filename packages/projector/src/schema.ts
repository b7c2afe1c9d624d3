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
import { index, integer, primaryKey, sqliteTable, text, type AnySQLiteColumn } from 'drizzle-orm/sqlite-core';

/** Raised with every change of what the views hold; a file of an older version is rebuilt from the log. */
export const VIEWS_VERSION = 1;

const key = <Id extends number>() => ({
  accountId: integer('account_id').$type<AccountId>().notNull(),
  id: integer('id').$type<Id>().notNull(),
});

const keyed = (table: { accountId: AnySQLiteColumn; id: AnySQLiteColumn }) => [
  primaryKey({ columns: [table.accountId, table.id] }),
];

const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>().notNull();
const flag = (name: string) => integer(name, { mode: 'boolean' }).notNull();

/** How far the views have come. One row. */
export const checkpoint = sqliteTable('checkpoint', {
  id: integer('id').primaryKey(),
  position: integer('position').notNull(),
  version: integer('version').notNull(),
});

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
  },
  keyed,
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
  },
  keyed,
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
  },
  keyed,
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
  },
  (table) => [...keyed(table), index('contact_inboxes_by_contact').on(table.accountId, table.contactId)],
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
  },
  keyed,
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
  },
  (table) => [
    ...keyed(table),
    index('messages_by_conversation').on(table.accountId, table.conversationId, table.isChat, table.position),
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
