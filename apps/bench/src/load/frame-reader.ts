/**
 * Reads what a server sends on one WebSocket, as cheaply as it can be done: it looks at the head of each frame and passes over the rest.
 *
 * Only short frames are kept and handed out as text, as long as somebody wants them; of long ones it is only known that they
 * came whole.
 */

export type FrameEvents = {
  /** A whole frame longer than `SHORT` came. `start` is how it begins, where that is kept; else it is empty. */
  readonly long: (start: Buffer) => void;
  /** A short one came. */
  readonly short: (text: string) => void;
  /** The other side's WebSocket asks for a sign of life. */
  readonly ping: (payload: Buffer) => void;
};

/** Frames of up to this many bytes are short: what the cable says of itself, never an event. */
export const SHORT = 400;

const PING = 9;

export class FrameReader {
  /** Of the frame in hand: bytes that are still to come; -1: its head is not whole. */
  #left = -1;
  #opcode = 0;
  #isLong = false;
  /** What is kept: the beginning of a head, or of a short frame. */
  #kept: Buffer = EMPTY;
  readonly #events: FrameEvents;
  readonly #keepsStarts: boolean;

  /** With `keepsStarts`, long frames are told with their first `SHORT` bytes. */
  constructor(events: FrameEvents, keepsStarts = false) {
    this.#events = events;
    this.#keepsStarts = keepsStarts;
  }

  /** Takes what came. The bytes are not used after it returns. */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#left < 0 ? this.#head(chunk, at) : this.#body(chunk, at);
  }

  #head(chunk: Buffer, at: number): number {
    // A head of two bytes, or four, or ten; of a server's frames none has a mask.
    const bytes = this.#kept.length === 0 ? chunk.subarray(at) : Buffer.concat([this.#kept, chunk.subarray(at)]);
    const length = bytes.length < 2 ? 0 : bytes[1]! & 127;
    const size = length < 126 ? 2 : length === 126 ? 4 : 10;
    if (bytes.length < size) {
      this.#kept = Buffer.from(bytes);
      return chunk.length;
    }
    const used = size - this.#kept.length;
    this.#opcode = bytes[0]! & 15;
    this.#left = size === 2 ? length : size === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    this.#isLong = this.#left > SHORT;
    this.#kept = EMPTY;
    if (this.#left === 0) this.#end();
    return at + used;
  }

  #body(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#left, chunk.length - at);
    const wanted = this.#isLong ? (this.#keepsStarts ? SHORT - this.#kept.length : 0) : taken;
    if (wanted > 0) this.#kept = Buffer.concat([this.#kept, chunk.subarray(at, at + Math.min(wanted, taken))]);
    this.#left -= taken;
    if (this.#left === 0) this.#end();
    return at + taken;
  }

  #end(): void {
    const payload = this.#kept;
    this.#left = -1;
    this.#kept = EMPTY;
    if (this.#isLong) this.#events.long(payload);
    else if (this.#opcode === PING) this.#events.ping(payload);
    else this.#events.short(payload.toString('latin1'));
  }
}

const EMPTY = Buffer.alloc(0);
