/**
 * One socket and its outbox.
 *
 * Frames wait until the end of the tick and go out under one cork. Nothing waits for a reader: one for whom more than its
 * limit is buffered is closed, and nobody else is delayed.
 */
import { disconnect, disconnects, messageFrame, RESUMABLE_CLOSE_CODE, type DisconnectReason } from '@cablehub/cable';
import type { WebSocket } from 'uWebSockets.js';
import type { Message, Outbox } from './outbox.ts';
import type { GatewayMetrics } from './metrics.ts';

/** Why a socket was closed. `client`: the other side ended it. `silent`: the other side answers no probe. */
export type CloseReason = DisconnectReason | 'client' | 'silent' | 'frame_too_large';

/** Flushes connections that have something waiting, once a tick. */
export type Flusher = { readonly schedule: (connection: Connection) => void };

/** The part of a WebSocket that a connection uses. */
export type Socket = Pick<WebSocket<unknown>, 'cork' | 'send' | 'ping' | 'end' | 'close' | 'getBufferedAmount'>;

export type ConnectionOptions = {
  readonly ws: Socket;
  readonly flusher: Flusher;
  readonly metrics: GatewayMetrics;
  /** The most that may be buffered, in bytes. */
  readonly sendBufferBytes: number;
};

/** A peer that answers no probe for this long is gone, whatever TCP believes. */
const SILENCE_MS = 45_000;
const PROBE_MS = 15_000;

export class Connection implements Outbox {
  readonly #ws: Socket;
  readonly #options: ConnectionOptions;
  #waiting: (string | Message)[] = [];
  #isOpen = true;
  #reason: CloseReason | null = null;
  #heardAt: number;
  #probedAt: number;
  #probedOffset = 0;
  #isAnswered = true;
  #proven = 0;
  #drained: (() => void)[] = [];

  constructor(options: ConnectionOptions, now: number) {
    this.#ws = options.ws;
    this.#options = options;
    this.#heardAt = now;
    this.#probedAt = now;
  }

  send(frame: string): void {
    this.#enqueue(frame);
  }

  deliver(message: Message): void {
    this.#enqueue(message);
  }

  close(reason: DisconnectReason): void {
    if (!this.#isOpen) return;
    this.send(disconnect(reason));
    this.flush();
    this.#end(reason, () => this.#ws.end(disconnects[reason].closeCode, reason));
  }

  closeBare(reason: DisconnectReason): void {
    this.flush();
    this.#end(reason, () => this.#ws.end(RESUMABLE_CLOSE_CODE, reason));
  }

  async room(): Promise<void> {
    this.flush();
    while (this.#isOpen && this.#ws.getBufferedAmount() > this.#options.sendBufferBytes / 2)
      await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  /** The peer has taken some of what was buffered. */
  drained(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** The offset up to which the peer is known to have got everything of its lanes: it has answered a probe sent after that. */
  get proven(): number {
    return this.#proven;
  }

  /** Writes what waits. */
  flush(): void {
    if (!this.#isOpen || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    let isTooSlow = false;
    this.#ws.cork(() => {
      isTooSlow = !this.#write(waiting);
    });
    // The frame that would say so cannot reach a client that does not read: the socket is cut.
    if (isTooSlow) this.#end('too_slow', () => this.#ws.close());
  }

  /** Something came from the peer. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** The peer's WebSocket answered the last probe: what was sent before it has arrived. */
  answered(now: number): void {
    this.heard(now);
    this.#isAnswered = true;
    this.#proven = Math.max(this.#proven, this.#probedOffset);
  }

  /**
   * Asks the peer's WebSocket for a sign of life now and then, and cuts a socket that gives none. `reached` is the offset
   * up to which everything of its lanes has been put into this outbox.
   */
  probe(now: number, reached = 0): void {
    if (!this.#isOpen) return;
    if (now - this.#heardAt > SILENCE_MS) return this.#end('silent', () => this.#ws.close());
    if (now - this.#probedAt < PROBE_MS) return;
    this.#probedAt = now;
    // Unanswered, the one before says nothing any more: its answer could be taken for this one's.
    this.#probedOffset = this.#isAnswered ? reached : Math.min(this.#probedOffset, reached);
    this.#isAnswered = false;
    this.flush();
    if (this.#isOpen) this.#ws.ping();
  }

  /** The socket is closed. Answers with the reason; null: not closed by us. */
  closed(): CloseReason | null {
    this.#isOpen = false;
    this.#waiting = [];
    this.drained();
    return this.#reason;
  }

  #enqueue(frame: string | Message): void {
    if (!this.#isOpen) return;
    if (this.#waiting.length === 0) this.#options.flusher.schedule(this);
    this.#waiting.push(frame);
  }

  /** Writes until all is written, or too much is buffered (false). */
  #write(waiting: readonly (string | Message)[]): boolean {
    const { metrics, sendBufferBytes } = this.#options;
    let frames = 0;
    let bytes = 0;
    let hasRoom = true;
    for (const item of waiting) {
      const frame = typeof item === 'string' ? item : messageFrame(item.prefix, item.payload, item.tail);
      const status = this.#ws.send(frame);
      frames += 1;
      bytes += frame.length;
      hasRoom = status === SENT || this.#ws.getBufferedAmount() <= sendBufferBytes;
      if (!hasRoom) break;
    }
    metrics.framesSent.inc(frames);
    metrics.bytesSent.inc(bytes);
    return hasRoom;
  }

  #end(reason: CloseReason, end: () => void): void {
    if (!this.#isOpen) return;
    this.#reason = reason;
    end();
  }
}

const SENT = 1;

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
