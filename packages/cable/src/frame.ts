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

/** Room for the prefix of nearly every identifier. */
const PREFIX_ROOM = 512;

/**
 * A message on its way to many subscriptions. Its payload lies in memory once, with what follows it, and each frame puts its
 * own prefix in front: nothing else is copied, and nothing is made for a frame.
 */
export class Message {
  #bytes: Uint8Array;
  /** Where the payload begins. */
  #room = PREFIX_ROOM;
  /** The frame of the last prefix; one of the same length lies in the same place. */
  #frame: Uint8Array;

  /** `payload` is JSON text in UTF-8 and is copied as it is. A message without a place has no tail of its own. */
  constructor(payload: Uint8Array, tail: Uint8Array = CLOSING_BRACE) {
    this.#bytes = new Uint8Array(PREFIX_ROOM + payload.length + tail.length);
    this.#bytes.set(payload, PREFIX_ROOM);
    this.#bytes.set(tail, PREFIX_ROOM + payload.length);
    this.#frame = this.#bytes;
  }

  /** The bytes of a frame but for its prefix. */
  get length(): number {
    return this.#bytes.length - this.#room;
  }

  /** The frame with this prefix. Its bytes are good until the next one is asked for: whoever keeps them takes a copy. */
  frame(prefix: Uint8Array): Uint8Array {
    if (prefix.length > this.#room) this.#make(prefix.length);
    const start = this.#room - prefix.length;
    this.#bytes.set(prefix, start);
    if (this.#frame.byteOffset !== start) this.#frame = this.#bytes.subarray(start);
    return this.#frame;
  }

  /** Makes room for a longer prefix. */
  #make(room: number): void {
    const bytes = new Uint8Array(room + this.length);
    bytes.set(this.#bytes.subarray(this.#room), room);
    this.#bytes = bytes;
    this.#room = room;
    this.#frame = bytes;
  }
}
