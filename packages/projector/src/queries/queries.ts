/**
 * What the HTTP APIs ask of the views, beyond what a projection asks (views.ts): lookups, lists, counts.
 *
 * SQLite only. Every question names its account, but for those that begin with a secret or go through everything; every answer is bounded; every
 * statement is prepared once and goes by an index (plans.spec.ts looks at the plans).
 */
import type { AccountId, ContactId, ContactInboxId, ConversationId, InboxId, UserId } from '@cablehub/events';
import type { Database } from '../database.ts';
import type { Row, TableName } from '../schema.ts';
import type { ReadViews, Views } from '../views.ts';
import { contactQueries, type ContactPage } from './contacts.ts';
import { conversationQueries, type ConversationCounts, type ConversationFilter } from './conversations.ts';
import { messageQueries, type MessagePlace, type MessageWindow } from './messages.ts';
import { peopleQueries } from './people.ts';

export interface Queries {
  /** The users whose token of the HTTP API has this hash: one person, once for each account, by account. At most 100. */
  usersByAccessToken(hash: string): readonly Row<'users'>[];
  /** The same person in each account they are in, by account. At most 100. */
  usersWithId(id: UserId): readonly Row<'users'>[];
  /** The user of an e-mail address, in any case; the first by id. */
  userByEmail(accountId: AccountId, email: string): Row<'users'> | null;
  /** The agents of an account, by id. At most 10,000. */
  agentsOf(accountId: AccountId): readonly Row<'agents'>[];

  /** The inbox with this name in the Client API. */
  inboxByIdentifier(identifier: string): Row<'inboxes'> | null;
  /** The inboxes of an account, by id. At most 10,000. */
  allInboxesOf(accountId: AccountId): readonly Row<'inboxes'>[];
  /** The teams of an account, by id. At most 10,000. */
  teamsOf(accountId: AccountId): readonly Row<'teams'>[];

  /** The contact with this identifier; the first by id. */
  contactByIdentifier(accountId: AccountId, identifier: string): Row<'contacts'> | null;
  /** The contact of an e-mail address, in any case; the first by id. */
  contactByEmail(accountId: AccountId, email: string): Row<'contacts'> | null;
  /** The contact of a phone number; the first by id. */
  contactByPhone(accountId: AccountId, phoneNumber: string): Row<'contacts'> | null;
  /** The session with this source id in an inbox; the first by id. */
  sessionBySource(accountId: AccountId, inbox: InboxId, sourceId: string): Row<'contactInboxes'> | null;
  /** The contacts of an account, the newest id first. */
  contacts(accountId: AccountId, page: ContactPage): readonly Row<'contacts'>[];
  /** How many contacts an account has, or a search finds; counted to COUNT_LIMIT. */
  contactCount(accountId: AccountId, search?: string): number;

  /** One page of the conversations that pass a filter. */
  conversations(accountId: AccountId, filter: ConversationFilter): readonly Row<'conversations'>[];
  /** How many conversations pass a filter, whoever they are assigned to; and of those how many are the user's, anybody's, nobody's. */
  conversationCounts(accountId: AccountId, user: UserId, filter: ConversationFilter): ConversationCounts;
  /** The newest conversations held in a session, by id, the newest first. */
  conversationsInSession(accountId: AccountId, session: ContactInboxId, limit: number): readonly Row<'conversations'>[];
  /** The newest conversations held with a contact, by id, the newest first. */
  conversationsWith(accountId: AccountId, contact: ContactId, limit: number): readonly Row<'conversations'>[];

  /** Messages of a conversation in the order of the log, oldest first. */
  messages(accountId: AccountId, conversation: ConversationId, window?: MessageWindow): readonly Row<'messages'>[];
  /** The newest message of any kind. */
  lastMessage(accountId: AccountId, conversation: ConversationId): Row<'messages'> | null;
  /** The newest message that is no activity; it may be private. */
  lastNonActivityMessage(accountId: AccountId, conversation: ConversationId): Row<'messages'> | null;
  /** How many of the newest `of` messages are of `since` or later, in milliseconds since 1970. */
  messagesSince(
    accountId: AccountId,
    conversation: ConversationId,
    among: { readonly since: number; readonly of: number },
  ): number;
  /**
   * Messages to the customer that are not read yet (`sent`, `delivered`), made after `after` (null: ever) and not after
   * `upTo`; times in milliseconds since 1970. The oldest first, at most 1,000.
   */
  unreadByContact(
    accountId: AccountId,
    conversation: ConversationId,
    times: { readonly after: number | null; readonly upTo: number },
  ): readonly Row<'messages'>[];

  /** The attachments of the messages behind a place, of whatever account: to go through all there are, bit by bit. */
  attachmentsBehind(
    place: MessagePlace,
    limit: number,
  ): readonly Pick<Row<'messages'>, 'accountId' | 'id' | 'attachments'>[];

  /** The highest id that the account's rows of a table have; 0: it has none. */
  highestId(table: TableName, accountId: AccountId): number;
  /** The highest account there is anything of; 0: there is none. */
  highestAccountId(): number;
}

/** Views that requests are answered from. */
export type Reading = ReadViews & Queries & Pick<Views, 'checkpoint' | 'parked'>;

export const queriesIn = ({ drizzle }: Database): Queries => ({
  ...peopleQueries(drizzle).answers,
  ...contactQueries(drizzle).answers,
  ...conversationQueries(drizzle).answers,
  ...messageQueries(drizzle).answers,
});
