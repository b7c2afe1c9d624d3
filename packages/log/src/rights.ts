/**
 * Who may do what in NATS: the least that each role's code needs, as lists of subjects (pure).
 *
 * JetStream is asked by messages, so a right to read a stream or to make one is a right to send to a subject, too. What is not
 * listed is refused by the server. Each role hears answers at an inbox of its own and at no other's.
 */
import {
  ATTACHMENTS_BUCKET,
  ATTACHMENTS_KEY,
  ATTACHMENTS_STREAM,
  bucketStream,
  CHECKPOINTS_BUCKET,
  CLAIMS_BUCKET,
  COUNTERS_BUCKET,
  DELIVERIES_STREAM,
  EVENTS_STREAM,
  inboxOf,
  KEYS_BUCKET,
  LEASES_BUCKET,
  RECOVERIES_BUCKET,
  SNAPSHOTS_BUCKET,
  SNAPSHOTS_STREAM,
  subjects,
  TOKENS_BUCKET,
} from './names.ts';

/** The apps, each of which has a key of its own. */
export const appRoles = ['projector', 'api', 'presence', 'gateway'] as const;
export type AppRole = (typeof appRoles)[number];

/** `admin` sets up and imports, `operator` reads the log from the command line, `system` watches the server. */
export const roles = ['admin', ...appRoles, 'operator', 'system'] as const;
export type Role = (typeof roles)[number];

export type Rights = {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Stronger than what `publish` allows. */
  readonly neverPublish?: readonly string[];
  /** May answer what it is asked, wherever the asker waits for the answer. */
  readonly answers?: boolean;
};

const TOKENS = bucketStream(TOKENS_BUCKET);
const LEASES = bucketStream(LEASES_BUCKET);
const CHECKPOINTS = bucketStream(CHECKPOINTS_BUCKET);
const COUNTERS = bucketStream(COUNTERS_BUCKET);
const CLAIMS = bucketStream(CLAIMS_BUCKET);
const KEYS = bucketStream(KEYS_BUCKET);
const RECOVERIES = bucketStream(RECOVERIES_BUCKET);

/** The streams and buckets that an app works with, which must be there before it can. */
export const streamsOf: Readonly<Record<AppRole, readonly string[]>> = {
  projector: [EVENTS_STREAM, DELIVERIES_STREAM, TOKENS, LEASES, CHECKPOINTS, SNAPSHOTS_STREAM],
  api: [EVENTS_STREAM, COUNTERS, CLAIMS, KEYS, SNAPSHOTS_STREAM, ATTACHMENTS_STREAM],
  presence: [EVENTS_STREAM, LEASES],
  gateway: [DELIVERIES_STREAM, TOKENS, RECOVERIES],
};

const API = '$JS.API';
const INFO = `${API}.INFO`;
const look = (streams: readonly string[]): readonly string[] => streams.map((stream) => `${API}.STREAM.INFO.${stream}`);
/** One message by its sequence, or the last under a subject: how a bucket is read. */
const get = (...streams: readonly string[]): readonly string[] =>
  streams.map((stream) => `${API}.STREAM.MSG.GET.${stream}`);
/** Through consumers of one's own; with a filter, only such as filter just that. */
const read = (stream: string, filter?: string): readonly string[] => [
  `${API}.CONSUMER.CREATE.${stream}.${filter === undefined ? '>' : `*.${filter}`}`,
  ...['INFO', 'MSG.NEXT', 'DELETE'].map((request) => `${API}.CONSUMER.${request}.${stream}.*`),
];
/** As `read`, for what NATS sends unasked: a client's ordered consumer, which also says that it keeps up. */
const watch = (stream: string): readonly string[] => [
  ...read(stream),
  `${API}.CONSUMER.CREATE.${stream}`,
  `$JS.FC.${stream}.>`,
];
const inbox = (name: string): string => `${inboxOf(name)}.>`;

/** What nobody may, whatever else: to take an event out of the log. */
const neverOnTheLog = ['DELETE', 'PURGE', 'MSG.DELETE'].map((request) => `${API}.STREAM.${request}.${EVENTS_STREAM}`);

/** In the hub's NATS account. `system` has an account of its own, with the rights NATS gives there. */
export const rightsOf: Readonly<Record<Exclude<Role, 'system'>, Rights>> = {
  admin: { publish: ['>'], neverPublish: neverOnTheLog, subscribe: ['>'] },
  projector: {
    publish: [
      subjects.allDeliveries,
      'cable.*.>',
      subjects.replays,
      `$KV.${TOKENS_BUCKET}.>`,
      `$KV.${LEASES_BUCKET}.projector.*`,
      `$KV.${CHECKPOINTS_BUCKET}.projector.*`,
      `$O.${SNAPSHOTS_BUCKET}.>`,
      INFO,
      ...look(streamsOf.projector),
      ...read(EVENTS_STREAM),
      ...get(DELIVERIES_STREAM, TOKENS, LEASES, CHECKPOINTS, SNAPSHOTS_STREAM),
      ...watch(SNAPSHOTS_STREAM),
      // The object store looks its own stream up by its subjects; what it learns are names.
      `${API}.STREAM.NAMES`,
      ...watch(CHECKPOINTS),
      ...read(DELIVERIES_STREAM),
      `${API}.STREAM.PURGE.${SNAPSHOTS_STREAM}`,
    ],
    subscribe: [subjects.allTyping, inbox('projector')],
  },
  api: {
    publish: [
      subjects.allEvents,
      subjects.allTyping,
      subjects.allPresenceRequests,
      `$KV.${COUNTERS_BUCKET}.>`,
      `$KV.${CLAIMS_BUCKET}.>`,
      `$KV.${KEYS_BUCKET}.${ATTACHMENTS_KEY}`,
      `$O.${ATTACHMENTS_BUCKET}.>`,
      INFO,
      ...look(streamsOf.api),
      ...read(EVENTS_STREAM),
      ...get(COUNTERS, CLAIMS, KEYS, SNAPSHOTS_STREAM, ATTACHMENTS_STREAM),
      // What a message that came to nothing has left, and the files of one that was deleted.
      `${API}.STREAM.PURGE.${ATTACHMENTS_STREAM}`,
      ...watch(SNAPSHOTS_STREAM),
      `${API}.STREAM.NAMES`,
    ],
    subscribe: [subjects.replays, inbox('api')],
  },
  presence: {
    publish: [
      'events.*.*.agent.*',
      'cable.*.>',
      `$KV.${LEASES_BUCKET}.presence`,
      INFO,
      ...look(streamsOf.presence),
      ...read(EVENTS_STREAM, subjects.eventsAbout('agent')),
      ...get(LEASES),
    ],
    subscribe: [subjects.allBeats, subjects.allPresenceRequests, inbox('presence')],
    answers: true,
  },
  gateway: {
    publish: [
      subjects.allBeats,
      `$KV.${RECOVERIES_BUCKET}.>`,
      INFO,
      ...look(streamsOf.gateway),
      ...read(DELIVERIES_STREAM),
      ...get(DELIVERIES_STREAM, TOKENS, RECOVERIES),
      ...watch(RECOVERIES),
    ],
    subscribe: ['cable.>', inbox('gateway')],
  },
  operator: {
    publish: [
      subjects.replays,
      INFO,
      ...look([EVENTS_STREAM, DELIVERIES_STREAM, CHECKPOINTS]),
      ...read(EVENTS_STREAM),
      ...read(DELIVERIES_STREAM),
      ...watch(CHECKPOINTS),
      ...get(DELIVERIES_STREAM, CHECKPOINTS),
    ],
    subscribe: [inbox('operator')],
  },
};
