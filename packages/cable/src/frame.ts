/**
 * What the gateway says: frames as the text that goes on the wire.
 *
 * Control frames are strings. A message is spliced from bytes: the prefix is made once per subscription, the payload once
 * per delivery, and neither is parsed again. An identifier is echoed as the very string the client sent.
 */
import { disconnects, type DisconnectReason } from './disconnect.ts';

/** The first frame on a connection. */
export const welcome = '{"type":"welcome"}';

/** The heartbeat. `seconds` is Unix time and grows from one ping to the next. */
export const ping = (seconds: number): string => `{"type":"ping","message":${seconds}}`;

export const confirm = (identifier: string): string =>
  `{"identifier":${JSON.stringify(identifier)},"type":"confirm_subscription"}`;

export const reject = (identifier: string): string =>
  `{"identifier":${JSON.stringify(identifier)},"type":"reject_subscription"}`;

/** The last frame on a connection. `reconnect` is always there: without it the stock clients disagree on what to do. */
export const disconnect = (reason: DisconnectReason): string =>
  `{"type":"disconnect","reason":"${reason}","reconnect":${disconnects[reason].reconnect}}`;

/** The bytes before the payload in every message of one subscription. */
export const identifierPrefix = (identifier: string): Uint8Array =>
  new TextEncoder().encode(`{"identifier":${JSON.stringify(identifier)},"message":`);

/** A message: `payload` is JSON text in UTF-8 and is copied as it is. */
export const messageFrame = (prefix: Uint8Array, payload: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(prefix.length + payload.length + 1);
  frame.set(prefix);
  frame.set(payload, prefix.length);
  frame[frame.length - 1] = CLOSING_BRACE;
  return frame;
};

const CLOSING_BRACE = 0x7d;
