/**
 * The log as it is stored: for copying it whole, entries that this hub cannot read included.
 *
 * Nothing is decoded, checked or upcast on the way, so what is written is what was read: ids, times, schema versions and
 * order. Only what JetStream itself stamps is its own: when an entry was stored, and its position.
 */
import { positionOf, type Position } from '@cablehub/events';
import { ErrorCode, NatsError, type Msg } from 'nats';
import { acknowledgedPublishing, type Outgoing } from './acknowledged.ts';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { readStored } from './jetstream-read.ts';
import { unreadable } from './stream-reader.ts';
import { EVENTS_STREAM } from './names.ts';
import type { Place } from './pulled-entries.ts';
import { headersIn, writtenHeaders } from './written-headers.ts';

/** An entry as it is stored. */
export type RawEvent = {
  /** `events.<partition>.<account>.<entity>.<entity_id>` */
  readonly subject: string;
  /** All but those by which a publisher gives NATS an order; the message id is one of them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

/** An entry as it is stored, with the place and time the log gave it. Times are milliseconds since 1970. */
export type RecordedRawEvent = RawEvent & { readonly position: Position; readonly recordedAt: number };

/** Which log it is, and how far it goes. */
export type LogState = { readonly createdAt: string; readonly lastPosition: Position };

/** The header under which JetStream recognises a repetition. */
export const MESSAGE_ID = 'Nats-Msg-Id';
const ACK_TIMEOUT_MS = 10_000;

/** Faults: `nats_unavailable`, or `log_unreadable` when there is no log. */
export const logState = async (link: NatsLink): Promise<LogState> => {
  const manager = await link.connection.jetstreamManager();
  const { created, state } = await manager.streams.info(EVENTS_STREAM).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  return { createdAt: created, lastPosition: positionOf(state.last_seq) };
};

/** The entries after a position that there are at the time of the call, in order. Faults: `nats_unavailable`, `log_unreadable`. */
export const readRaw = (link: NatsLink, after: Position): AsyncGenerator<RecordedRawEvent> =>
  readStored(link, { after, as: raw });

const raw = (message: Msg, { position, recordedAt }: Place): RecordedRawEvent => ({
  position,
  recordedAt,
  subject: message.subject,
  headers: keptHeaders(headersIn(message)),
  body: message.data,
});

/** What a publisher asked of NATS was done when it was stored; sent again it would be asked again. */
const keptHeaders = (headers: Iterable<readonly [string, string]>): Readonly<Record<string, string>> =>
  Object.fromEntries([...headers].filter(([name]) => name === MESSAGE_ID || !name.startsWith('Nats-')));

export type AppendRaw = (
  events: readonly RawEvent[],
  options?: { readonly after?: Position },
) => Promise<readonly Position[]>;

/**
 * Appends entries in the order given, all at once; the position of each. With `after`, the log must end there, and the
 * entries come to lie right behind it, whoever else appends meanwhile.
 *
 * Faults: `not_appended` when one cannot be a message (none is appended then) or the log refuses one, `nats_unavailable` when
 * one is not acknowledged. The ones before it are in the log then; others may be.
 */
export const rawAppender = (link: NatsLink): AppendRaw => {
  const { publish } = acknowledgedPublishing(link, ACK_TIMEOUT_MS);
  return async (events, { after } = {}) => {
    const messages = events.map((event, index) => messageOf(event, after === undefined ? null : after + index));
    // All have ended before the first failure is told: nothing of this call is stored afterwards.
    const acknowledged = await publish(messages);
    return acknowledged.map((one, index) => {
      if (one.ok) return positionOf(one.sequence);
      throw notAppended(one.cause, events[index]!);
    });
  };
};

const messageOf = (event: RawEvent, lastSequence: number | null): Outgoing => {
  const { subject, body } = event;
  const headers = keptHeaders(Object.entries(event.headers));
  const order = lastSequence === null ? {} : { 'Nats-Expected-Last-Sequence': String(lastSequence) };
  try {
    if (!SUBJECT.test(subject)) throw NatsError.errorForCode(ErrorCode.BadSubject);
    if (!Object.keys(headers).every((name) => HEADER_NAME.test(name)))
      throw NatsError.errorForCode(ErrorCode.BadHeader);
    return { subject, body, headers: writtenHeaders({ ...headers, ...order }) };
  } catch (cause) {
    throw notAppended(cause, event);
  }
};

/** Here, unlike elsewhere, names and subjects come from outside: NATS would take the rest of an odd one for a line of its own. */
const SUBJECT = /^\S+$/;
const HEADER_NAME = /^[!-9;-~]+$/;

const REFUSALS: readonly string[] = [ErrorCode.MaxPayloadExceeded, ErrorCode.BadHeader, ErrorCode.BadSubject];

const notAppended = (cause: unknown, event: RawEvent): LogFault => {
  const refusal = cause instanceof NatsError ? (cause.api_error?.description ?? cause.code) : String(cause);
  const isRefused = cause instanceof NatsError && (cause.api_error !== undefined || REFUSALS.includes(cause.code));
  return new LogFault(
    isRefused ? 'not_appended' : 'nats_unavailable',
    `the event ${event.headers[MESSAGE_ID] ?? 'without an id'} was not appended: ${refusal}`,
    { cause },
  );
};
