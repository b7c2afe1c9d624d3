/**
 * What one subscription is told of its lanes: each stored delivery once, in order, from where it began.
 *
 * `from` is the offset behind which everything has been told; `passed` is the newest that was. While what was missed is
 * told (`hold`), what the lanes bring waits.
 */
import type { FrameDelivery } from './messages.ts';

/** Whom a feed tells. */
export type FeedReader = {
  /** Takes the next one, which it tells the subscriber if that is in the audience. */
  pass(delivery: FrameDelivery): void;
  /** More waits than may. */
  overflow(): void;
};

/** The most that waits while what was missed is told. */
const HELD_MAX = 10_000;

export class Feed {
  readonly #reader: FeedReader;
  #state: 'waiting' | 'live' | 'ended' = 'waiting';
  #held: FrameDelivery[] | null = null;
  #from = 0;
  #passed = 0;

  constructor(reader: FeedReader) {
    this.#reader = reader;
  }

  /** Everything after this offset has been told, or is held to be told. */
  get from(): number {
    return this.#from;
  }

  get passed(): number {
    return this.#passed;
  }

  get isLive(): boolean {
    return this.#state === 'live';
  }

  /** Whether nothing is held back. */
  get isSettled(): boolean {
    return this.#held === null;
  }

  /** The subscription is confirmed: from here on, what comes is told. */
  begin(position: number): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'live';
    this.#from = this.#passed = position;
  }

  hear(delivery: FrameDelivery): void {
    if (this.#state !== 'live') return;
    if (this.#held === null) this.#tell(delivery);
    else if (this.#held.push(delivery) > HELD_MAX) {
      this.end();
      this.#reader.overflow();
    }
  }

  /** What comes waits until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  /** Tells something that was missed: it is older than `from`. */
  tellAgain(delivery: FrameDelivery): void {
    if (this.#state === 'live') this.#reader.pass(delivery);
  }

  /** The subscriber has everything after an offset: what it has of what comes is not told again. */
  has(offset: number): void {
    this.#from = Math.min(this.#from, offset);
    this.#passed = Math.max(this.#passed, offset);
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const delivery of held) this.hear(delivery);
  }

  end(): void {
    this.#state = 'ended';
    this.#held = null;
  }

  #tell(delivery: FrameDelivery): void {
    if (delivery.stored !== null) {
      if (delivery.stored.offset <= this.#passed) return;
      this.#passed = delivery.stored.offset;
    }
    this.#reader.pass(delivery);
  }
}
