/**
 * The log on a JetStream stream.
 *
 * Appends are acknowledged by JetStream before they are answered. A reader's consumer holds no state on the server that
 * could be lost: it is made anew behind the last entry when a message is missing or the server was away.
 */
import { positionOf } from '@cablehub/events';
import { ErrorCode, NatsError } from 'nats';
import { acknowledgedPublishing, publishingTogether, type Acknowledgement, type Outgoing } from './acknowledged.ts';
import type { NatsLink } from './connection.ts';
import { follow } from './jetstream-follow.ts';
import { readStored } from './jetstream-read.ts';
import type { Append, AppendResult, EventLog } from './log.ts';
import { encodeEvent, messageIdOf } from './message.ts';
import { EVENTS_STREAM } from './names.ts';
import { decoded } from './pulled-entries.ts';
import { writtenHeaders } from './written-headers.ts';

const WRONG_LAST_SEQUENCE = 10_071;
const ACK_TIMEOUT_MS = 5_000;

export const jetStreamLog = (link: NatsLink): EventLog => {
  const publish = publishingTogether(acknowledgedPublishing(link, ACK_TIMEOUT_MS).publish);

  const append = async (appends: readonly Append[]): Promise<readonly AppendResult[]> => {
    const encoded = appends.map(encodedOrWhy);
    const acknowledged = await publish(encoded.flatMap((one) => (one.ok ? [one.message] : [])));
    const answers = acknowledged.values();
    return encoded.map((one) => (one.ok ? resultOf(answers.next().value!) : resultOf(one)));
  };

  return {
    append: async (appends) =>
      appends.some((one) => one.expectedVersion !== undefined) ? oneByOne(appends, append) : append(appends),

    read: ({ after = positionOf(0), filter } = {}) => readStored(link, { after, filter, as: decoded }),

    follow: (options) => follow(link, options),

    lastPosition: async () => {
      const manager = await link.connection.jetstreamManager();
      const { state } = await manager.streams.info(EVENTS_STREAM);
      return positionOf(state.last_seq);
    },
  };
};

const oneByOne = async (
  appends: readonly Append[],
  append: (appends: readonly Append[]) => Promise<readonly AppendResult[]>,
): Promise<readonly AppendResult[]> => {
  const results: AppendResult[] = [];
  for (const one of appends) {
    const failed = results.some((result) => !result.ok);
    results.push(...(failed ? [{ ok: false, reason: 'not_attempted' } as const] : await append([one])));
  }
  return results;
};

type Encoded = { readonly ok: true; readonly message: Outgoing } | { readonly ok: false; readonly cause: unknown };

/** An event that cannot be written as a message fails alone. */
const encodedOrWhy = ({ event, expectedVersion }: Append): Encoded => {
  try {
    const { subject, headers, body } = encodeEvent(event);
    const written = writtenHeaders({
      ...headers,
      'Nats-Msg-Id': messageIdOf(event),
      ...(expectedVersion === undefined ? {} : { 'Nats-Expected-Last-Subject-Sequence': String(expectedVersion) }),
    });
    return { ok: true, message: { subject, headers: written, body } };
  } catch (cause) {
    return { ok: false, cause };
  }
};

const resultOf = (acknowledgement: Acknowledgement): AppendResult => {
  if (!acknowledgement.ok) return refusal(acknowledgement.cause);
  const { sequence, duplicate } = acknowledgement;
  return { ok: true, position: positionOf(sequence), duplicate };
};

const refusal = (error: unknown): AppendResult => {
  if (error instanceof NatsError) {
    if (error.api_error?.err_code === WRONG_LAST_SEQUENCE) return { ok: false, reason: 'wrong_expected_version' };
    if (error.code === ErrorCode.MaxPayloadExceeded) return { ok: false, reason: 'too_large' };
  }
  return { ok: false, reason: 'unconfirmed', cause: error };
};
