/** One subscription of a client: hears its lanes, and puts what is for it into the client's outbox. */
import { identifierPrefix, streamPrefix, type DisconnectReason, type Stream } from '@cablehub/cable';
import { isFor, type HeardDelivery } from '@cablehub/log';
import type { UserId } from '@cablehub/events';
import type { Admission } from './authorize.ts';
import { Feed } from './feed.ts';
import type { Joined, Listener } from './lanes.ts';
import type { FrameDelivery, MessageOf } from './messages.ts';
import type { Outbox } from './outbox.ts';
import type { Remembered } from './recoverer.ts';

/** What a subscription needs of the client it is of. */
export type Subscriber = {
  readonly outbox: Outbox;
  readonly messageOf: MessageOf;
  /** Its token is worth nothing any more, and it was confirmed. */
  readonly revoked: (identifier: string) => void;
  readonly disconnect: (reason: DisconnectReason) => void;
};

/** A subscription that was let in. */
export type Live = {
  readonly joined: Joined;
  readonly remembered: Remembered | null;
};

/** What was missed is still being looked for, or told: no probe proves it yet. */
export const NOT_TOLD = 2 ** 30;

// A class, and its own reader and listener, because there is one for each socket: no closure is made for it.
export class Subscription implements Listener {
  readonly identifier: string;
  readonly admission: Admission;
  readonly feed: Feed;
  /** Null until it is let in. */
  live: Live | null = null;
  /** The client asks for its history itself. */
  asks = false;
  /** Resolves when what was missed has been told, whoever asked; null: nothing is to be told. */
  telling: Promise<void> | null = null;
  /** The probe whose answer proves that it has what it missed; 0: it missed nothing, or has proven it. */
  owedUntil = 0;
  readonly #subscriber: Subscriber;
  readonly #user: UserId | null;
  readonly #bare: Uint8Array;
  /** Before messages that have a place in a stream; null: this client is told no places. */
  #placed: Uint8Array | null = null;
  #isRevoked = false;

  constructor(identifier: string, admission: Admission, subscriber: Subscriber) {
    this.identifier = identifier;
    this.admission = admission;
    this.feed = new Feed(this);
    this.#subscriber = subscriber;
    this.#user = admission.member.kind === 'user' ? admission.member.userId : null;
    this.#bare = pooled(identifierPrefix(identifier));
  }

  get isRevoked(): boolean {
    return this.#isRevoked;
  }

  /** From now on what is stored is told with its place in this stream. */
  tellPlaces(stream: Stream): void {
    this.#placed = pooled(streamPrefix(this.identifier, stream));
  }

  hear(delivery: HeardDelivery): void {
    if (delivery.kind === 'frame') return this.feed.hear(delivery);
    if (delivery.tokenKey !== this.admission.tokenKey) return;
    this.#isRevoked = true;
    if (this.feed.isLive) this.#subscriber.revoked(this.identifier);
  }

  lost(): void {
    this.#subscriber.disconnect('gap');
  }

  /** Tells what the feed lets pass. */
  pass(delivery: FrameDelivery): void {
    if (this.#user !== null && !isFor(delivery.audience, this.#user)) return;
    const { outbox, messageOf } = this.#subscriber;
    const placed = delivery.stored === null ? null : this.#placed;
    outbox.deliver(placed ?? this.#bare, messageOf(delivery, placed !== null));
  }

  overflow(): void {
    this.#subscriber.disconnect('too_slow');
  }
}

/** Memory for the prefixes of many subscriptions: so few bytes alone would cost four times as much. */
const SLAB_BYTES = 65_536;
let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/** A copy that shares its memory with others. */
const pooled = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length > SLAB_BYTES / 16) return bytes;
  if (used + bytes.length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const copy = slab.subarray(used, used + bytes.length);
  copy.set(bytes);
  used += bytes.length;
  return copy;
};
