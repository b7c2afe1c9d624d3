/**
 * One socket and its outbox.
 *
 * Frames wait until the end of the tick and go out under one cork, until more than the limit is buffered; the rest waits here
 * for the reader to take some. Waiting frames share their bytes with all other sockets. A reader that takes nothing, or
 * for whom far more waits, is closed. Nobody else is delayed.
 */
import { disconnect, disconnects, RESUMABLE_CLOSE_CODE, type DisconnectReason, type Message } from '@cablehub/cable';
import type { WebSocket } from 'uWebSockets.js';
import type { Outbox } from './outbox.ts';
import type { GatewayMetrics } from './metrics.ts';

/** Why a socket was closed. `client`: the other side ended it. `silent`: the other side answers no probe. */
export type CloseReason = DisconnectReason | 'client' | 'silent' | 'frame_too_large';

/** Flushes connections that have something waiting, once a tick. */
export type Flusher = { readonly schedule: (connection: Connection) => void };

/** The part of a WebSocket that a connection uses. */
export type Socket = Pick<WebSocket<unknown>, 'cork' | 'send' | 'ping' | 'end' | 'close' | 'getBufferedAmount'>;

/** What all connections of a server share. */
export type ConnectionOptions = {
  readonly flusher: Flusher;
  readonly metrics: GatewayMetrics;
  /** When more than this is buffered, in bytes, the rest waits. */
  readonly sendBufferBytes: number;
};

/** How many times its limit may wait for a reader that does take some. */
const MOST_LIMITS = 8;
/** A reader for whom more waits than its limit, and who takes nothing for this long, is closed. */
const STUCK_MS = 10_000;
/** A peer that answers no probe for this long is gone, whatever TCP believes. */
const SILENCE_MS = 45_000;
const PROBE_MS = 15_000;

export class Connection implements Outbox {
  readonly #ws: Socket;
  readonly #options: ConnectionOptions;
  /** What is not written yet; null: nothing. */
  #waiting: Waiting | null = null;
  #waitingBytes = 0;
  /**
   * What the socket had not taken when it was last looked at, in bytes. Looking costs as much as writing, so it is done when a write
   * says that something is left; the last frame under a cork cannot say so, the next one does.
   */
  #buffered = 0;
  #isScheduled = false;
  /** Since when nothing was taken of what is too much to be written; null: something was, or it is not too much. */
  #stuckSince: number | null = null;
  #isOpen = true;
  #reason: CloseReason | null = null;
  #heardAt: number;
  #probedAt: number;
  #probedOffset = 0;
  #probesSent = 0;
  #probesAnswered = 0;
  #proven = 0;
  #drained: (() => void)[] | null = null;

  /** `now`, here and below, is in ms, of any clock that never goes back. */
  constructor(ws: Socket, options: ConnectionOptions, now: number) {
    this.#ws = ws;
    this.#options = options;
    this.#heardAt = now;
    this.#probedAt = now;
  }

  send(frame: string): void {
    if (!this.#isOpen) return;
    (this.#waiting ??= []).push(frame);
    this.#schedule(frame.length);
  }

  deliver(prefix: Uint8Array, message: Message): void {
    if (!this.#isOpen) return;
    (this.#waiting ??= []).push(prefix, message);
    this.#schedule(prefix.length + message.length);
  }

  close(reason: DisconnectReason): void {
    if (!this.#isOpen) return;
    this.send(disconnect(reason));
    this.#writeUpTo(Infinity);
    this.#end(reason, () => this.#ws.end(disconnects[reason].closeCode, reason));
  }

  closeBare(reason: DisconnectReason): void {
    if (!this.#isOpen) return;
    this.#writeUpTo(Infinity);
    this.#end(reason, () => this.#ws.end(RESUMABLE_CLOSE_CODE, reason));
  }

  async room(): Promise<void> {
    this.flush();
    while (this.#isOpen && this.#waitingBytes + this.#look() > this.#options.sendBufferBytes / 2)
      await new Promise<void>((resolve) => (this.#drained ??= []).push(resolve));
  }

  /** The peer has taken some of what was buffered. */
  drained(now: number): void {
    this.heard(now);
    this.#stuckSince = null;
    this.#look();
    this.flush();
    this.#resume();
  }

  /** The offset up to which the peer is known to have got everything of its lanes: it has answered a probe sent after that. */
  get proven(): number {
    return this.#proven;
  }

  get probesSent(): number {
    return this.#probesSent;
  }

  get probesAnswered(): number {
    return this.#probesAnswered;
  }

  /** Writes what waits, as far as there is room. */
  flush(): void {
    this.#isScheduled = false;
    if (!this.#isOpen || this.#waiting === null) return;
    const { sendBufferBytes } = this.#options;
    this.#writeUpTo(sendBufferBytes);
    if (this.#waitingBytes + this.#buffered > sendBufferBytes * MOST_LIMITS) this.#cut('too_slow');
  }

  /** Something came from the peer. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** The peer's WebSocket answered the last probe: what was sent before it has arrived. */
  answered(now: number): void {
    this.heard(now);
    this.#probesAnswered = this.#probesSent;
    this.#proven = Math.max(this.#proven, this.#probedOffset);
  }

  /**
   * Gives the peer a sign of life, at once. Now and then its WebSocket is asked for one, too, in the same write; a socket that gives
   * none is cut. `reached` says up to which offset everything of its lanes has been put into this outbox.
   */
  sign(frame: string, now: number, reached: () => number): void {
    if (!this.#isOpen) return;
    if (now - this.#heardAt > SILENCE_MS) return this.#cut('silent');
    const isProbed = now - this.#probedAt >= PROBE_MS;
    if (this.#waiting === null && this.#buffered === 0 && !isProbed) return this.#put(frame);
    (this.#waiting ??= []).push(frame);
    this.#waitingBytes += frame.length;
    if (isProbed) this.#ws.cork(() => this.#probe(now, reached()));
    else this.flush();
    if (this.#waiting !== null) this.#watch(now);
  }

  /** The socket is closed. Answers with the reason; null: not closed by us. */
  closed(): CloseReason | null {
    this.#isOpen = false;
    this.#waiting = null;
    this.#resume();
    return this.#reason;
  }

  /** Writes a text by itself: most of what an idle socket gets, so nothing is made for it. */
  #put(frame: string): void {
    if (this.#ws.send(frame) !== SENT) this.#look();
    this.#sent(1, frame.length);
  }

  #sent(frames: number, bytes: number): void {
    const { sent } = this.#options.metrics;
    sent.frames += frames;
    sent.bytes += bytes;
  }

  #probe(now: number, reached: number): void {
    this.flush();
    // It would overtake what still waits, and its answer would prove what has not been sent.
    if (this.#waiting !== null || !this.#isOpen) return;
    this.#probedAt = now;
    // Unanswered, the one before and this one count as one: the answer of either could be taken for the other's.
    const isAnswered = this.#probesAnswered === this.#probesSent;
    this.#probedOffset = isAnswered ? reached : Math.min(this.#probedOffset, reached);
    if (isAnswered) this.#probesSent += 1;
    this.#ws.ping();
  }

  #schedule(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.flusher.schedule(this);
  }

  /** Looks at what the peer has not taken. */
  #look(): number {
    this.#buffered = this.#isOpen ? this.#ws.getBufferedAmount() : 0;
    return this.#buffered;
  }

  #writeUpTo(limit: number): void {
    if (this.#waiting === null) return;
    if (this.#buffered > 0 && this.#look() > limit) return;
    // One frame is one write by itself.
    if (this.#waiting.length === 1 || (this.#waiting.length === 2 && typeof this.#waiting[0] !== 'string'))
      this.#write(limit);
    else this.#ws.cork(() => this.#write(limit));
  }

  /** Writes until nothing waits, or more than the limit is buffered. */
  #write(limit: number): void {
    const waiting = this.#waiting ?? [];
    let next = 0;
    let frames = 0;
    let bytes = 0;
    while (next < waiting.length) {
      const first = waiting[next++] as string | Uint8Array;
      const frame = typeof first === 'string' ? first : (waiting[next++] as Message).frame(first);
      const status = this.#ws.send(frame);
      frames += 1;
      bytes += frame.length;
      if (status !== SENT && this.#look() > limit) break;
    }
    this.#waitingBytes -= bytes;
    this.#sent(frames, bytes);
    this.#waiting = next < waiting.length ? waiting.slice(next) : null;
  }

  /** More waits than its limit: it must take some of it in time. */
  #watch(now: number): void {
    this.#stuckSince ??= now;
    if (now - this.#stuckSince >= STUCK_MS) this.#cut('too_slow');
  }

  #resume(): void {
    const drained = this.#drained ?? [];
    this.#drained = null;
    for (const resolve of drained) resolve();
  }

  /** Closes without a frame: it could not reach whoever does not read. */
  #cut(reason: CloseReason): void {
    this.#end(reason, () => this.#ws.close());
  }

  #end(reason: CloseReason, end: () => void): void {
    if (!this.#isOpen || this.#reason !== null) return;
    this.#reason = reason;
    end();
  }
}

const SENT = 1;

/** Frames in order: a text, or a prefix and behind it the message that it belongs to. Flat, because there is one for each socket. */
type Waiting = (string | Uint8Array | Message)[];

export const createFlusher = (): Flusher => {
  let dirty: Connection[] = [];
  const flushAll = (): void => {
    const now = dirty;
    dirty = [];
    for (const connection of now) connection.flush();
  };
  return {
    schedule: (connection) => {
      if (dirty.push(connection) === 1) setImmediate(flushAll);
    },
  };
};
