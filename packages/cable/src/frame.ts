/**
 * What the gateway says: frames as the text that goes on the wire.
 *
 * Control frames are strings. A message is spliced from bytes: the prefix is made once per subscription, the payload once
 * per delivery, and neither is parsed again. An identifier is echoed as the very string the client sent.
 */
import { disconnects, type DisconnectReason } from './disconnect.ts';

/** The first frame on a connection. */
export const welcome = '{"type":"welcome"}';

/** The first frame on a connection of the extended protocol. */
export const welcomeSession = (sid: string): string => `{"type":"welcome","sid":${JSON.stringify(sid)}}`;

/** The answer to a client's own ping. */
export const pong = '{"type":"pong"}';

/** The heartbeat. `seconds` is Unix time and grows from one ping to the next. */
export const ping = (seconds: number): string => `{"type":"ping","message":${seconds}}`;

export const confirm = (identifier: string): string =>
  `{"identifier":${JSON.stringify(identifier)},"type":"confirm_subscription"}`;

export const reject = (identifier: string): string =>
  `{"identifier":${JSON.stringify(identifier)},"type":"reject_subscription"}`;

/** After the last of the frames a client missed. */
export const confirmHistory = (identifier: string): string =>
  `{"identifier":${JSON.stringify(identifier)},"type":"confirm_history"}`;

/** What a client missed cannot be told it as a whole, and none of it was. */
export const rejectHistory = (identifier: string): string =>
  `{"identifier":${JSON.stringify(identifier)},"type":"reject_history"}`;

/** The last frame on a connection. `reconnect` is always there: without it the stock clients disagree on what to do. */
export const disconnect = (reason: DisconnectReason): string =>
  `{"type":"disconnect","reason":"${reason}","reconnect":${disconnects[reason].reconnect}}`;

/** The bytes before the payload in every message of one subscription. */
export const identifierPrefix = (identifier: string): Uint8Array =>
  new TextEncoder().encode(`{"identifier":${JSON.stringify(identifier)},"message":`);

/** A stream as a client knows it: an opaque name, and the epoch its offsets count in. */
export type Stream = { readonly streamId: string; readonly epoch: string };

/** The bytes before the payload in every message with a place in a stream, of one subscription. */
export const streamPrefix = (identifier: string, { streamId, epoch }: Stream): Uint8Array =>
  new TextEncoder().encode(
    `{"identifier":${JSON.stringify(identifier)},"stream_id":${JSON.stringify(streamId)},` +
      `"epoch":${JSON.stringify(epoch)},"message":`,
  );

/** The bytes after the payload in every message with one place, whoever gets it. */
export const offsetTail = (offset: number): Uint8Array => new TextEncoder().encode(`,"offset":${offset}}`);

const CLOSING_BRACE = Uint8Array.of(0x7d);

/** A message: `payload` is JSON text in UTF-8 and is copied as it is. A message without a place has no tail of its own. */
export const messageFrame = (prefix: Uint8Array, payload: Uint8Array, tail: Uint8Array = CLOSING_BRACE): Uint8Array => {
  const frame = new Uint8Array(prefix.length + payload.length + tail.length);
  frame.set(prefix);
  frame.set(payload, prefix.length);
  frame.set(tail, prefix.length + payload.length);
  return frame;
};
