/**
 * A pull consumer on EVENTS for one reading: asked for a bounded number of messages at a time, and only when the ones
 * before are taken, so a slow reader leaves the rest in the log.
 *
 * The client's ordered consumer would ask for more as messages arrive, whether or not anybody takes them: a replay would
 * hold the whole log in memory. What that consumer adds, noticing a hole and beginning anew behind it, is done here.
 */
import type { Position } from '@cablehub/events';
import {
  AckPolicy,
  DeliverPolicy,
  millis,
  nanos,
  NatsError,
  type Consumer,
  type ConsumerMessages,
  type JsMsg,
} from 'nats';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import type { LogEntry, LogFilter } from './log.ts';
import { decodeEvent } from './message.ts';
import { EVENTS_STREAM, subjects } from './names.ts';

/** The most messages asked for at once: more do not read faster, they only wait here. */
const READ_AHEAD = 1_000;
/** How long a request waits for messages to come. Half of it is the server's heartbeat while it waits. */
const REQUEST_MS = 5_000;
const ABANDONED_MS = 30_000;
const STREAM_NOT_FOUND = 10_059;

export type Reader = {
  /** How many messages there were when the reader was opened. */
  readonly waiting: number;
  /** Asks for messages: ends when so many have come, when the request has waited long enough, or when stopped. */
  readonly request: (most?: number) => Promise<ConsumerMessages>;
  /** The message, if it is the one after the last that was passed here. Faults: `nats_unavailable` behind a hole. */
  readonly inOrder: (message: JsMsg) => JsMsg;
  readonly close: () => void;
};

/** Opens a reader after a position. Faults: `nats_unavailable`, or `log_unreadable` when there is no stream. */
export const openReader = async (link: NatsLink, after: Position, filter?: LogFilter): Promise<Reader> => {
  const { info, consumer } = await makeConsumer(link, after, filter).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  let delivered = 0;
  return {
    waiting: info.num_pending,
    request: (most = READ_AHEAD) =>
      consumer.fetch({ max_messages: Math.min(most, READ_AHEAD), expires: REQUEST_MS }) as Promise<ConsumerMessages>,
    inOrder: (message) => {
      if (message.info.deliverySequence === ++delivered) return message;
      throw new LogFault('nats_unavailable', 'messages were lost on the way from NATS');
    },
    close: () => {
      // Best effort: what cannot be deleted is abandoned, and the server removes it.
      if (link.isUp()) void consumer.delete().catch(() => undefined);
    },
  };
};

const makeConsumer = async (link: NatsLink, after: Position, filter: LogFilter | undefined) => {
  const manager = await link.connection.jetstreamManager();
  const info = await manager.consumers.add(EVENTS_STREAM, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    inactive_threshold: nanos(ABANDONED_MS),
    mem_storage: true,
    num_replicas: 1,
    ...(filter === undefined ? {} : { filter_subject: filterSubject(filter) }),
  });
  const consumer: Consumer = await link.connection.jetstream().consumers.get(EVENTS_STREAM, info.name);
  return { info, consumer };
};

const filterSubject = (filter: LogFilter): string =>
  'entity' in filter ? subjects.eventsAbout(filter.entity) : subjects.eventsOf(filter.accountId);

/** What a failed reading is to whoever reads. */
export const unreadable = (cause: unknown): LogFault => {
  if (cause instanceof LogFault) return cause;
  if (cause instanceof NatsError && cause.api_error?.err_code === STREAM_NOT_FOUND)
    return new LogFault('log_unreadable', `there is no JetStream stream ${EVENTS_STREAM}`, { cause });
  return new LogFault('nats_unavailable', 'the log cannot be read', { cause });
};

export const decoded = (message: JsMsg): LogEntry =>
  decodeEvent({
    subject: message.subject,
    header: (name) => message.headers?.get(name) ?? '',
    body: () => message.json(),
    position: message.seq,
    recordedAt: millis(message.info.timestampNanos),
  });
