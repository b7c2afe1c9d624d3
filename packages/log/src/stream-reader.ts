/**
 * A pull consumer on a stream for one reading: asked for a bounded number of messages at a time, and only when the ones
 * before are taken, so a slow reader leaves the rest in the log.
 *
 * The client's ordered consumer would ask for more as messages arrive, whether or not anybody takes them: a replay would
 * hold the whole log in memory. What that consumer adds, noticing a hole and beginning anew behind it, is done here.
 */
import {
  AckPolicy,
  DeliverPolicy,
  nanos,
  NatsError,
  nuid,
  type Consumer,
  type ConsumerInfo,
  type ConsumerMessages,
  type JsMsg,
} from 'nats';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import type { LogFilter } from './log.ts';
import { EVENTS_STREAM, subjects } from './names.ts';

/**
 * How much is asked for at once. The server cuts a client off for which more than 64 MiB wait, and a request counts messages, not
 * bytes: so a reader begins with few and asks for more as it learns how large they are.
 */
const FIRST_REQUEST = 32;
const LARGEST_REQUEST = 256;
const REQUEST_BYTES = 16_777_216;
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

export type Reading = {
  readonly stream: string;
  /** From behind a sequence, or from the first message stored at a time (Unix ms) or later. */
  readonly start: { readonly after: number } | { readonly since: number };
  /** Only what is stored under this; all when absent. */
  readonly subject?: string;
};

/** Opens a reader of any stream. Faults: `nats_unavailable`, or `log_unreadable` when there is no stream. */
export const openStreamReader = async (link: NatsLink, reading: Reading): Promise<Reader> => {
  const { info, consumer } = await makeConsumer(link, reading).catch((cause: unknown) => {
    throw unreadable(cause, reading.stream);
  });
  let delivered = 0;
  let allowed = FIRST_REQUEST;
  let came = { messages: 0, bytes: 0 };
  const learn = (): void => {
    if (came.messages === 0) return;
    const fitting = Math.floor((REQUEST_BYTES * came.messages) / Math.max(1, came.bytes));
    allowed = Math.max(1, Math.min(allowed * 2, fitting, LARGEST_REQUEST));
    came = { messages: 0, bytes: 0 };
  };
  return {
    waiting: info.num_pending,
    request: (most = allowed) => {
      learn();
      const messages = consumer.fetch({ max_messages: Math.min(most, allowed), expires: REQUEST_MS });
      return messages as Promise<ConsumerMessages>;
    },
    inOrder: (message) => {
      came = { messages: came.messages + 1, bytes: came.bytes + message.data.length };
      if (message.info.deliverySequence === ++delivered) return message;
      throw new LogFault('nats_unavailable', 'messages were lost on the way from NATS');
    },
    close: () => {
      // Best effort: what cannot be deleted is abandoned, and the server removes it.
      if (link.isUp()) void consumer.delete().catch(() => undefined);
    },
  };
};

const makeConsumer = async (link: NatsLink, reading: Reading) => {
  const info = await addConsumer(link, reading);
  const consumer: Consumer = link.connection.jetstream().consumers.getPullConsumerFor(info);
  return { info, consumer };
};

/** A consumer for one reading. Rejects with what the client says. */
export const addConsumer = async (link: NatsLink, { stream, start, subject }: Reading): Promise<ConsumerInfo> => {
  const manager = await link.connection.jetstreamManager({ checkAPI: false });
  return manager.consumers.add(stream, {
    // With a name, what it filters stands in the subject of the request, where a right can name it.
    name: nuid.next(),
    ack_policy: AckPolicy.None,
    ...('after' in start
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.after + 1 }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(start.since).toISOString() }),
    inactive_threshold: nanos(ABANDONED_MS),
    mem_storage: true,
    num_replicas: 1,
    ...(subject === undefined ? {} : { filter_subject: subject }),
  });
};

export const filterSubject = (filter: LogFilter): string =>
  'entity' in filter ? subjects.eventsAbout(filter.entity) : subjects.eventsOf(filter.accountId);

/** What a failed reading is to whoever reads. */
export const unreadable = (cause: unknown, stream: string = EVENTS_STREAM): LogFault => {
  if (cause instanceof LogFault) return cause;
  if (cause instanceof NatsError && cause.api_error?.err_code === STREAM_NOT_FOUND)
    return new LogFault('log_unreadable', `there is no JetStream stream ${stream}`, { cause });
  return new LogFault('nats_unavailable', 'the log cannot be read', { cause });
};
