/**
 * Recovery at work: remembers the sockets of base clients, and finds what one that comes back has missed (recovery.ts has the
 * rules).
 *
 * It never stands in the way: when what is remembered cannot be reached, a client is served as if nothing were known.
 */
import type { Memory, Recoveries } from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import type { GatewayMetrics } from './metrics.ts';
import { arrive, forget, leave, lose, settle } from './recovery.ts';

/** One subscription of a base client, remembered. */
export type Remembered = {
  /**
   * Everything after the first of these offsets was missed, or else after the next; empty: nothing that is known of. To be asked
   * at once: when it has been answered it is forgotten.
   */
  missedAfter(): Promise<readonly number[]>;
  /** What follows this offset is no longer kept. */
  expired(offset: number): void;
  /** The socket has proven to have what was missed, and everything up to an offset. */
  settled(proven: number): void;
  /** The socket is lost, and has proven to have everything up to an offset; 0: not even what was missed. */
  lost(proven: number): void;
  /** The client wants nothing more. */
  left(): void;
};

export interface Recoverer {
  remember(identifier: string, at: { readonly epoch: string; readonly offset: number }): Remembered;
  /** Says what is proven of all sockets for the last time; those that close from now on count from that. */
  stop(): Promise<void>;
}

export type RecovererOptions = {
  readonly gateway: string;
  readonly recoveries: Recoveries;
  /** The least offset that any base client has proven to have. */
  readonly floor: () => number;
  readonly newSocket: () => string;
  readonly metrics: Pick<GatewayMetrics, 'recoveryFaults'>;
  readonly logger: Logger;
};

const FLOOR_MS = 2_000;

export const startRecoverer = (options: RecovererOptions): Recoverer => {
  const { gateway, recoveries, floor, newSocket, metrics, logger } = options;
  let isStopping = false;
  const failed = (error: unknown): readonly number[] => {
    metrics.recoveryFaults.inc();
    logger.debug({ err: error }, 'what is remembered of a socket could not be reached');
    return [];
  };
  const sayFloor = (): Promise<unknown> =>
    recoveries.sayFloor(gateway, { offset: floor(), at: Date.now() }).catch(failed);
  const timer = setInterval(() => void sayFloor(), FLOOR_MS);
  void sayFloor();

  const book: Book = {
    recoveries,
    failed,
    isStopping: () => isStopping,
  };
  return {
    remember: (identifier, { epoch, offset }) => {
      const socket = newSocket();
      const missedAfter = recoveries
        .change(identifier, (memory) => {
          const { floors } = recoveries;
          const arrived = arrive(memory, { epoch, socket, gateway, offset, floors, now: Date.now() });
          return { memory: arrived.memory, result: arrived.after };
        })
        .catch(failed);
      return new Entry(book, { identifier, socket, epoch }, missedAfter);
    },
    stop: async () => {
      isStopping = true;
      clearInterval(timer);
      await sayFloor();
      recoveries.stop();
    },
  };
};

/** What all entries of a recoverer share. */
type Book = {
  readonly recoveries: Recoveries;
  readonly failed: (error: unknown) => readonly number[];
  readonly isStopping: () => boolean;
};
type Arriving = { readonly identifier: string; readonly socket: string; readonly epoch: string };

// A class, because there is one for each socket: no closure is made for it.
class Entry implements Remembered {
  readonly #book: Book;
  readonly #identifier: string;
  readonly #socket: string;
  readonly #epoch: string;
  /** Null: it is written that this socket has come. */
  #arriving: Promise<readonly number[]> | null;

  constructor(book: Book, { identifier, socket, epoch }: Arriving, missedAfter: Promise<readonly number[]>) {
    this.#book = book;
    this.#identifier = identifier;
    this.#socket = socket;
    this.#epoch = epoch;
    this.#arriving = missedAfter;
    void missedAfter.then(() => (this.#arriving = null));
  }

  missedAfter(): Promise<readonly number[]> {
    return this.#arriving ?? NOTHING;
  }

  expired(upTo: number): void {
    const { floors } = this.#book.recoveries;
    this.#change((memory) => forget(memory, upTo, { floors, now: Date.now() }));
  }

  settled(proven: number): void {
    this.#change((memory) => settle(memory, this.#socket, proven));
  }

  lost(proven: number): void {
    this.#change((memory) => lose(memory, this.#socket, proven));
  }

  left(): void {
    this.#change((memory) => leave(memory, this.#socket));
  }

  /** After the arrival is written: before, there would be nothing to change. */
  #change(change: (memory: Memory) => Memory): void {
    const { recoveries, failed, isStopping } = this.#book;
    if (isStopping()) return;
    const write = (memory: Memory | null): { memory: Memory; result: null } => ({
      memory: memory === null ? { epoch: this.#epoch, sockets: [] } : change(memory),
      result: null,
    });
    void (this.#arriving ?? NOTHING).then(() => recoveries.change(this.#identifier, write)).catch(failed);
  }
}

const NOTHING: Promise<readonly number[]> = Promise.resolve([]);
