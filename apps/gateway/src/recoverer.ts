/**
 * Recovery at work: remembers the sockets of base clients, and finds what one that comes back has missed (recovery.ts has the
 * rules).
 *
 * It never stands in the way: when what is remembered cannot be reached, a client is served as if nothing were known.
 */
import type { Memory, Recoveries } from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import type { GatewayMetrics } from './metrics.ts';
import { arrive, forget, leave, lose } from './recovery.ts';

/** One subscription of a base client, remembered. */
export type Remembered = {
  /** Everything after the first of these offsets was missed, or else after the next; empty: nothing that is known of. */
  readonly missedAfter: Promise<readonly number[]>;
  /** What follows this offset is no longer kept. */
  readonly expired: (offset: number) => void;
  /** The socket is lost, and has proven to have everything up to an offset. */
  readonly lost: (proven: number) => void;
  /** The client wants nothing more. */
  readonly left: () => void;
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
      // After the arrival is written: before, there would be nothing to change.
      const later = (change: (memory: Memory) => Memory): void => {
        if (isStopping) return;
        void missedAfter
          .then(() =>
            recoveries.change(identifier, (memory) => ({
              memory: memory === null ? { epoch, sockets: [] } : change(memory),
              result: null,
            })),
          )
          .catch(failed);
      };
      return {
        missedAfter,
        expired: (upTo) => later((memory) => forget(memory, upTo, { floors: recoveries.floors, now: Date.now() })),
        lost: (proven) => later((memory) => lose(memory, socket, proven)),
        left: () => later((memory) => leave(memory, socket)),
      };
    },
    stop: async () => {
      isStopping = true;
      clearInterval(timer);
      await sayFloor();
      recoveries.stop();
    },
  };
};
