/**
 * The views: what the log adds up to. Read by the pure part, written by the projector.
 *
 * Two adapters keep the promises: SQLite (sqlite-views.ts) and maps (memory-views.ts); views.contract.ts holds them to it.
 * Every read names the account, so nothing of one account can enter another's payload.
 */
import type { AccountId, ContactId, ConversationId, EventId, InboxId, Position, UserId } from '@cablehub/events';
import type { Row, TableName } from './schema.ts';

export type IdOf<Name extends TableName> = Row<Name>['id'];

/** The most unread messages that are counted: clients show `9+`. */
export const UNREAD_LIMIT = 10;

/** What the pure part may ask. */
export interface ReadViews {
  get<Name extends TableName>(table: Name, accountId: AccountId, id: IdOf<Name>): Row<Name> | null;
  /** The users who see everything in the account, by id. Another list, if an equal one, once any agent of the account has changed. */
  administratorsOf(accountId: AccountId): readonly UserId[];
  /** The inboxes of which a user is a member. */
  inboxesOf(accountId: AccountId, user: UserId): readonly InboxId[];
  /** A contact's sessions, in the order they were made. */
  sessionsOf(accountId: AccountId, contact: ContactId): readonly Row<'contactInboxes'>[];
  /** The conversations held with a contact, in order of their ids. */
  conversationsOf(accountId: AccountId, contact: ContactId): readonly Row<'conversations'>[];
  /** The newest message that a customer may read. */
  lastChatMessage(accountId: AccountId, conversation: ConversationId): Row<'messages'> | null;
  /** Incoming messages later than `since` (all when null), at most UNREAD_LIMIT. */
  unreadCount(accountId: AccountId, conversation: ConversationId, since: number | null): number;
}

/** One row made different by an event. Rows are whole: the state, not the difference. */
export type Write = { readonly [Name in TableName]: { readonly table: Name } & WriteOf<Name> }[TableName];
type WriteOf<Name extends TableName> =
  | { readonly row: Row<Name>; readonly remove?: never }
  | { readonly remove: { readonly accountId: AccountId; readonly id: IdOf<Name> }; readonly row?: never };

export type Parked = {
  readonly position: Position;
  readonly accountId: AccountId;
  readonly type: string;
  readonly reason: string;
};

export interface Views extends ReadViews {
  write(write: Write): void;
  /** Remembers the id of an event for good. False: an event of this account had it already. */
  remember(accountId: AccountId, id: EventId): boolean;
  park(event: Parked): void;
  parked(): readonly Parked[];
  /** The position the views are true for; 0 when they are new. */
  checkpoint(): Position;
  /** Opens a transaction: what is written from now on is kept together with the checkpoint, or not at all. */
  begin(): void;
  commit(position: Position): void;
  rollback(): void;
  /** Runs work within the transaction; when it throws, what it wrote is undone and nothing else. Not nested. */
  attempt<T>(work: () => T): T;
  close(): void;
}

/** What can be read of views that somebody else writes. */
export type ReadableViews = ReadViews & Pick<Views, 'parked' | 'checkpoint' | 'close'>;
