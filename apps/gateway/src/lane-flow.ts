/**
 * One lane, in order and without holes.
 *
 * `complete` is the offset up to which everything on the lane has been passed on. A delivery that follows on something later
 * shows a hole: what comes is held, the hole is read back and passed on, then what was held. A hole that cannot be
 * read back is the end of the lane here: nobody is fed what comes behind it.
 */
import type { HeardDelivery, History, Tail } from '@cablehub/log';
import type { GatewayMetrics } from './metrics.ts';

export type LaneFlowOptions = {
  /** Reads the lane back. Resolves when it is known; tries again while NATS is away. Null: nobody waits any more. */
  readonly read: (request: { readonly after: number; readonly epoch: string }) => Promise<History | null>;
  readonly pass: (delivery: HeardDelivery) => void;
  /** There is a hole for good. */
  readonly lost: () => void;
  /** `isSettled` is another from now on. */
  readonly settles: (isSettled: boolean) => void;
  readonly metrics: Pick<GatewayMetrics, 'gaps' | 'deliveriesFilled'>;
};

/** The most that waits behind a hole. */
const HELD_MAX = 10_000;

export class LaneFlow {
  readonly #options: LaneFlowOptions;
  #epoch: string | null = null;
  #complete = 0;
  #held: HeardDelivery[] | null = null;
  #isFilling = false;
  #isOver = false;

  constructor(options: LaneFlowOptions) {
    this.#options = options;
  }

  get complete(): number {
    return this.#complete;
  }

  /** The epoch its offsets are of; null before `begin`. */
  get epoch(): string | null {
    return this.#epoch;
  }

  /** Whether there is no doubt that all up to now has been passed on. */
  get isSettled(): boolean {
    return this.#held === null;
  }

  /** Counts from where DELIVERIES ended once the lane was heard. */
  begin({ epoch, offset }: Tail): void {
    this.#epoch = epoch;
    this.#complete = Math.max(this.#complete, offset);
  }

  /** All up to an offset is known to have been passed on, though nothing of this lane said so. */
  advance(offset: number): void {
    if (this.isSettled && this.#epoch !== null) this.#complete = Math.max(this.#complete, offset);
  }

  hear(delivery: HeardDelivery): void {
    if (this.#isOver) return;
    if (delivery.stored === null) return this.#options.pass(delivery);
    if (this.#held === null) return this.#next(delivery, delivery.stored);
    if (this.#held.push(delivery) > HELD_MAX) this.#end();
  }

  /** The end of the lane is in doubt: what comes is held until `fill` has looked. */
  doubt(): void {
    if (!this.#isOver && this.#epoch !== null) this.#hold(this.#held ?? []);
  }

  /** Reads back what is missing, passes it on and what is held, until there is no hole. */
  async fill(): Promise<void> {
    if (this.#isFilling || this.#isOver || this.#epoch === null) return;
    this.#isFilling = true;
    this.#hold(this.#held ?? []);
    try {
      // What was held may show another hole.
      while (this.#held !== null && !this.#isOver) {
        const history = await this.#options.read({ after: this.#complete, epoch: this.#epoch });
        if (history === null || this.#isOver) return;
        if (!history.ok) return this.#end();
        this.#fillWith(history);
      }
    } finally {
      this.#isFilling = false;
    }
  }

  /** The lane is not what it was: another epoch, or nobody listens. */
  end(): void {
    if (!this.#isOver) this.#end();
  }

  #next(delivery: HeardDelivery, { offset, previous }: { readonly offset: number; readonly previous: number }): void {
    if (this.#epoch !== null && offset <= this.#complete) return;
    if (this.#epoch !== null && previous > this.#complete) {
      this.#options.metrics.gaps.inc({ outcome: 'seen' });
      this.#hold([delivery]);
      return void this.fill();
    }
    this.#complete = offset;
    this.#options.pass(delivery);
  }

  #fillWith({ deliveries, upTo, isWhole }: History & { readonly ok: true }): void {
    if (deliveries.length > 0) this.#options.metrics.gaps.inc({ outcome: 'filled' });
    this.#options.metrics.deliveriesFilled.inc(deliveries.length);
    for (const delivery of deliveries) {
      this.#complete = delivery.stored?.offset ?? this.#complete;
      this.#options.pass(delivery);
    }
    this.#complete = Math.max(this.#complete, upTo);
    if (!isWhole) return;
    const held = this.#held ?? [];
    this.#hold(null);
    for (const delivery of held) this.hear(delivery);
  }

  #hold(held: HeardDelivery[] | null): void {
    const wasSettled = this.isSettled;
    this.#held = held;
    if (this.isSettled !== wasSettled) this.#options.settles(this.isSettled);
  }

  #end(): void {
    this.#isOver = true;
    this.#hold(null);
    this.#options.metrics.gaps.inc({ outcome: 'unfillable' });
    this.#options.lost();
  }
}
