/**
 * The log as it is stored: for copying it whole, entries that this hub cannot read included.
 *
 * Nothing is decoded, checked or upcast on the way, so what is written is what was read: ids, times, schema versions and
 * order. Only what JetStream itself stamps is its own: when an entry was stored, and its position.
 */
import { positionOf, type Position } from '@cablehub/events';
import { headers as natsHeaders, millis, NatsError, type JetStreamClient, type JsMsg } from 'nats';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { openReader, unreadable } from './jetstream-reader.ts';
import { EVENTS_STREAM } from './names.ts';

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

/** The entries after a position that there are at the time of the call, in order. Faults: `nats_unavailable`. */
export async function* readRaw(link: NatsLink, after: Position): AsyncGenerator<RecordedRawEvent> {
  const reader = await openReader(link, after);
  try {
    let left = reader.waiting;
    while (left > 0)
      for await (const message of await reader.request(left)) {
        left--;
        yield raw(reader.inOrder(message));
      }
  } catch (error) {
    throw unreadable(error);
  } finally {
    reader.close();
  }
}

const raw = (message: JsMsg): RecordedRawEvent => ({
  position: positionOf(message.seq),
  recordedAt: millis(message.info.timestampNanos),
  subject: message.subject,
  headers: Object.fromEntries(
    (message.headers?.keys() ?? []).filter(isKept).map((name) => [name, message.headers?.get(name) ?? '']),
  ),
  body: message.data,
});

/** What a publisher asked of NATS was done when it was stored; sent again it would be asked again. */
const isKept = (name: string): boolean => name === MESSAGE_ID || !name.startsWith('Nats-');

/**
 * Appends entries in the order given, all at once; the position of each. With `after`, the log must end there, and the
 * entries come to lie right behind it, whoever else appends meanwhile.
 *
 * Faults: `not_appended` when the log refuses one, `nats_unavailable` when one is not acknowledged. The ones before it are
 * in the log then; others may be.
 */
export const appendRaw = async (
  link: NatsLink,
  events: readonly RawEvent[],
  { after }: { readonly after?: Position } = {},
): Promise<readonly Position[]> => {
  const js = link.connection.jetstream({ timeout: ACK_TIMEOUT_MS });
  const sent = events.map((event, index) => sendOne(js, event, after === undefined ? undefined : after + index));
  // All must have ended before the first failure is told: nothing of this call may be stored afterwards.
  const results = await Promise.allSettled(sent);
  return results.map((result, index) => {
    if (result.status === 'fulfilled') return result.value;
    throw notAppended(result.reason, events[index]!);
  });
};

const sendOne = async (js: JetStreamClient, event: RawEvent, lastSequence?: number): Promise<Position> => {
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(event.headers)) if (isKept(name)) headers.set(name, value);
  const ack = await js.publish(event.subject, event.body, {
    headers,
    ...(lastSequence === undefined ? {} : { expect: { lastSequence } }),
  });
  return positionOf(ack.seq);
};

const notAppended = (cause: unknown, event: RawEvent): LogFault => {
  const refusal = cause instanceof NatsError ? (cause.api_error?.description ?? cause.code) : String(cause);
  const isRefused =
    cause instanceof NatsError && (cause.api_error !== undefined || cause.code === 'MAX_PAYLOAD_EXCEEDED');
  return new LogFault(
    isRefused ? 'not_appended' : 'nats_unavailable',
    `the event ${event.headers[MESSAGE_ID] ?? 'without an id'} was not appended: ${refusal}`,
    { cause },
  );
};
