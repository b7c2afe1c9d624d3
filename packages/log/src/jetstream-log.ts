/**
 * The log on a JetStream stream.
 *
 * Appends are acknowledged by JetStream before they are answered. A reader's consumer holds no state on the server that
 * could be lost: it is made anew behind the last entry when a message is missing or the server was away.
 */
import { positionOf } from '@cablehub/events';
import { ErrorCode, headers as natsHeaders, NatsError, type JetStreamClient } from 'nats';
import type { NatsLink } from './connection.ts';
import { follow } from './jetstream-follow.ts';
import { decoded, openReader, unreadable, type Reader } from './jetstream-reader.ts';
import type { Append, AppendResult, EventLog, LogEntry, ReadOptions } from './log.ts';
import { encodeEvent, messageIdOf } from './message.ts';
import { EVENTS_STREAM } from './names.ts';

const WRONG_LAST_SEQUENCE = 10_071;
const ACK_TIMEOUT_MS = 5_000;

export const jetStreamLog = (link: NatsLink): EventLog => {
  const js = link.connection.jetstream({ timeout: ACK_TIMEOUT_MS });

  const append = async (one: Append): Promise<AppendResult> => appendOne(js, one);

  return {
    append: async (appends) =>
      appends.some((one) => one.expectedVersion !== undefined)
        ? oneByOne(appends, append)
        : await Promise.all(appends.map(append)),

    read: (options = {}) => read(link, options),

    follow: (options) => follow(link, options),

    lastPosition: async () => {
      const manager = await link.connection.jetstreamManager();
      const { state } = await manager.streams.info(EVENTS_STREAM);
      return positionOf(state.last_seq);
    },
  };
};

/** Reads what there is at its start; begins anew behind the last entry when messages were lost on the way. */
async function* read(link: NatsLink, { after = positionOf(0), filter }: ReadOptions): AsyncGenerator<LogEntry> {
  let position = after;
  let left: number | null = null;
  while (left !== 0) {
    const began = position;
    const reader = await openReader(link, position, filter);
    left ??= reader.waiting;
    try {
      for await (const entry of some(reader, left)) {
        left--;
        position = entry.position;
        yield entry;
      }
    } catch (error) {
      // Without an entry since, it would be lost in the same place again.
      if (position === began || !link.isUp()) throw unreadable(error);
    } finally {
      reader.close();
    }
  }
}

async function* some(reader: Reader, count: number): AsyncGenerator<LogEntry> {
  let left = count;
  while (left > 0)
    for await (const message of await reader.request(left)) {
      left--;
      yield decoded(reader.inOrder(message));
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
