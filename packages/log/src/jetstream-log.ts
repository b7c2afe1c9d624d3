/**
 * The log on a JetStream stream.
 *
 * Appends are acknowledged by JetStream before they are answered. Readers use an ordered consumer: it holds no state on
 * the server that could be lost, and the client makes it anew where it stopped when a message is missing or the server
 * was away. JetStream's error codes are known to this file alone.
 */
import { positionOf, type Position } from '@cablehub/events';
import {
  ErrorCode,
  headers as natsHeaders,
  millis,
  NatsError,
  type ConsumerMessages,
  type JetStreamClient,
  type JsMsg,
  type OrderedConsumerOptions,
} from 'nats';
import type { NatsLink } from './connection.ts';
import type { Append, AppendResult, EventLog, FollowOptions, LogEntry, LogFilter } from './log.ts';
import { decodeEvent, encodeEvent, messageIdOf } from './message.ts';
import { EVENTS_STREAM, subjects } from './names.ts';

const WRONG_LAST_SEQUENCE = 10_071;
const ACK_TIMEOUT_MS = 5_000;
/** How many messages are asked for at once: more do not read faster, they only wait here. */
const READ_AHEAD = 2_000;

export const jetStreamLog = (link: NatsLink): EventLog => {
  const js = link.connection.jetstream({ timeout: ACK_TIMEOUT_MS });

  const append = async (one: Append): Promise<AppendResult> => appendOne(js, one);

  return {
    append: async (appends) =>
      appends.some((one) => one.expectedVersion !== undefined)
        ? oneByOne(appends, append)
        : await Promise.all(appends.map(append)),

    read: async function* ({ after = positionOf(0), filter } = {}) {
      const consumer = await js.consumers.get(EVENTS_STREAM, consumerOptions(after, filter));
      const { num_pending: waiting } = await consumer.info();
      if (waiting === 0) return;
      const messages = await consumer.consume({ max_messages: READ_AHEAD });
      let read = 0;
      for await (const message of messages) {
        yield decoded(message);
        if (++read === waiting) return;
      }
    },

    follow: async function* ({ after = positionOf(0), filter, signal, maxBatch = 500 }: FollowOptions) {
      const consumer = await js.consumers.get(EVENTS_STREAM, consumerOptions(after, filter));
      const messages = await consumer.consume({ max_messages: READ_AHEAD });
      const stop = (): void => void messages.stop();
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      try {
        yield* batches(messages, maxBatch);
      } finally {
        signal.removeEventListener('abort', stop);
        messages.stop();
      }
    },

    lastPosition: async () => {
      const manager = await link.connection.jetstreamManager();
      const { state } = await manager.streams.info(EVENTS_STREAM);
      return positionOf(state.last_seq);
    },
  };
};

/** Gathers what has arrived: a batch ends when nothing waits, or when it is full. */
async function* batches(messages: ConsumerMessages, maxBatch: number): AsyncGenerator<readonly LogEntry[]> {
  let batch: LogEntry[] = [];
  for await (const message of messages) {
    batch.push(decoded(message));
    // The message in hand counts as pending until the next one is asked for.
    if (batch.length < maxBatch && messages.getPending() > 1) continue;
    yield batch;
    batch = [];
  }
}

const oneByOne = async (
  appends: readonly Append[],
  append: (one: Append) => Promise<AppendResult>,
): Promise<readonly AppendResult[]> => {
  const results: AppendResult[] = [];
  for (const one of appends) {
    const failed = results.some((result) => !result.ok);
    results.push(failed ? { ok: false, reason: 'not_attempted' } : await append(one));
  }
  return results;
};

const appendOne = async (js: JetStreamClient, { event, expectedVersion }: Append): Promise<AppendResult> => {
  const { subject, headers, body } = encodeEvent(event);
  try {
    const ack = await js.publish(subject, body, {
      msgID: messageIdOf(event),
      headers: headersOf(headers),
      ...(expectedVersion === undefined ? {} : { expect: { lastSubjectSequence: expectedVersion } }),
    });
    return { ok: true, position: positionOf(ack.seq), duplicate: ack.duplicate };
  } catch (error) {
    return refusal(error);
  }
};

const refusal = (error: unknown): AppendResult => {
  if (error instanceof NatsError) {
    if (error.api_error?.err_code === WRONG_LAST_SEQUENCE) return { ok: false, reason: 'wrong_expected_version' };
    if (error.code === ErrorCode.MaxPayloadExceeded) return { ok: false, reason: 'too_large' };
  }
  return { ok: false, reason: 'unconfirmed', cause: error };
};

const headersOf = (record: Readonly<Record<string, string>>): ReturnType<typeof natsHeaders> => {
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(record)) headers.set(name, value);
  return headers;
};

const consumerOptions = (after: Position, filter: LogFilter | undefined): Partial<OrderedConsumerOptions> => ({
  opt_start_seq: after + 1,
  ...(filter === undefined ? {} : { filterSubjects: filterSubject(filter) }),
});

const filterSubject = (filter: LogFilter): string =>
  'entity' in filter ? subjects.eventsAbout(filter.entity) : subjects.eventsOf(filter.accountId);

const decoded = (message: JsMsg): LogEntry =>
  decodeEvent({
    subject: message.subject,
    header: (name) => message.headers?.get(name) ?? '',
    body: () => message.json(),
    position: message.seq,
    recordedAt: millis(message.info.timestampNanos),
  });
