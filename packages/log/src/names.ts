/**
 * What everything in NATS is called: streams, subjects, buckets and headers (pure).
 *
 * Apps meet only here. A subject always carries its account, where there is one, so a permission or a subscription can name
 * one account and nothing else.
 */
import type { AccountId, ContactInboxId, Entity } from '@cablehub/events';

export const EVENTS_STREAM = 'EVENTS';
export const DELIVERIES_STREAM = 'DELIVERIES';
export const TOKENS_BUCKET = 'tokens';
export const LEASES_BUCKET = 'leases';
export const CHECKPOINTS_BUCKET = 'checkpoints';
export const SNAPSHOTS_BUCKET = 'snapshots';
export const RECOVERIES_BUCKET = 'recoveries';
export const COUNTERS_BUCKET = 'counters';
export const CLAIMS_BUCKET = 'claims';
export const ATTACHMENTS_BUCKET = 'attachments';
export const KEYS_BUCKET = 'keys';
/** In the bucket of keys: what the addresses of attachments are signed with. */
export const ATTACHMENTS_KEY = 'attachments';

/** The stream in which NATS keeps a bucket. */
export const bucketStream = (bucket: string): string => `KV_${bucket}`;
export const SNAPSHOTS_STREAM = `OBJ_${SNAPSHOTS_BUCKET}`;
export const ATTACHMENTS_STREAM = `OBJ_${ATTACHMENTS_BUCKET}`;

/** Under what the answers come that a connection asks for: its own, so that a right to hear them is a right to no others. */
export const inboxOf = (name: string): string => `_INBOX_${name.replace(/^cablehub-/, '')}`;

/** The log is cut into this many partitions by account, so that several projectors can share it later. */
export const PARTITIONS = 64;
export const partitionOf = (account: number): number => account % PARTITIONS;

/**
 * One line of delivery within an account: `agents` are all its users, `contacts` all its customers, and
 * `contact.<contact_inbox_id>` is one customer session.
 */
export type Lane = 'agents' | 'contacts' | `contact.${number}`;
export const contactLane = (session: ContactInboxId): Lane => `contact.${session}`;

export const subjects = {
  allEvents: 'events.>',
  allDeliveries: 'deliveries.>',
  allBeats: 'beats.*',
  allTyping: 'signals.*.typing',
  allPresenceRequests: 'presence.*',
  /** How far replays are: of no account, because a replay is of many. */
  replays: 'replays',
  event: (account: AccountId, entity: Entity, entityId: number): string =>
    `events.${partitionOf(account)}.${account}.${entity}.${entityId}`,
  eventsOf: (account: AccountId): string => `events.${partitionOf(account)}.${account}.>`,
  eventsAbout: (entity: Entity): string => `events.*.*.${entity}.>`,
  delivery: (account: AccountId, lane: Lane): string => `deliveries.${account}.${lane}`,
  /** Where NATS republishes what is stored under `delivery`, and where ephemeral frames go directly. */
  cable: (account: AccountId, lane: Lane): string => `cable.${account}.${lane}`,
  typing: (account: AccountId): string => `signals.${account}.typing`,
  beats: (account: AccountId): string => `beats.${account}`,
  presence: (account: AccountId): string => `presence.${account}`,
} as const;

/** The account of a subject whose second token is the account: `beats.7`, `signals.7.typing`, `presence.7`. */
export const accountOf = (subject: string): AccountId => Number(subject.split('.', 2)[1]) as AccountId;

export const headers = {
  /** The position of the event that caused a delivery. */
  position: 'Hub-Position',
  /** When a delivery was published, in Unix ms. */
  publishedAt: 'Hub-Published-At',
  /** On the `agents` lane: the user ids a delivery is for, `1,5`. Absent: all users of the account. */
  users: 'Hub-Users',
  /** On the `agents` lane: all users but these. */
  exceptUsers: 'Hub-Except-Users',
  /** Not a frame: whoever subscribed to this lane with the token of this key loses the subscription. */
  revokedToken: 'Hub-Revoked-Token',
} as const;
