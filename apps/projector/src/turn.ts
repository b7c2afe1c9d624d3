/**
 * Whose turn it is: the lease of a range of partitions, held only while nobody works on a range that overlaps.
 *
 * Two ranges that overlap have two leases, so each looks for the other's: before it asks for its own, because whoever waits must
 * not stand in anybody's way, and again once it holds it, because two may have asked at the same moment. Then both let go and
 * come back after a while that is not the same for both.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import {
  heldRoles,
  overlaps,
  projectorRole,
  rangeOfRole,
  requestLease,
  type Lease,
  type NatsLink,
  type PartitionRange,
} from '@cablehub/log';
import type { Logger } from '@cablehub/process';

export type TurnOptions = {
  readonly partitions: PartitionRange;
  readonly logger: Logger;
  /** Called with whether it is held, at each change. */
  readonly onChange: (isHeld: boolean) => void;
};

const LOOK_MS = 1_000;
const LARGEST_DELAY_MS = 3_000;

/** Starts asking for the turn, and goes on until it is released. */
export const requestTurn = (link: NatsLink, { partitions, logger, onChange }: TurnOptions): Lease => {
  const role = projectorRole(partitions);
  const holder = randomUUID();
  const released = new AbortController();
  let lease: Lease | null = null;
  let isOurs = false;

  const become = (isHeld: boolean): void => {
    if (isHeld === isOurs) return;
    isOurs = isHeld;
    onChange(isHeld);
  };

  const inTheWay = async (): Promise<readonly string[]> =>
    (await heldRoles(link)).filter((other) => {
      const range = rangeOfRole(other);
      return other !== role && range !== null && overlaps(range, partitions);
    });

  const wait = (ms: number): Promise<void> => pause(ms, undefined, { signal: released.signal }).catch(() => undefined);

  const untilFree = async (): Promise<void> => {
    for (let said = ''; !released.signal.aborted;) {
      const others = (await inTheWay()).join(', ');
      if (others === '') return;
      if (others !== said) logger.warn({ others, role }, 'waiting: a projector works on partitions of this range');
      said = others;
      await wait(LOOK_MS);
    }
  };

  /** Holds the lease, or stands by for it, until another range turns out to be in the way. */
  const takeTurns = async (): Promise<void> => {
    const over = new AbortController();
    const confirm = async (): Promise<void> => {
      const { isHeld } = await asking;
      const others = await inTheWay().catch(() => null); // not known, so not ours
      if (others === null || others.length > 0) over.abort();
      else become(isHeld() && !released.signal.aborted);
    };
    const asking = requestLease(link, {
      role,
      holder,
      onChange: (isHeld) => (isHeld ? void confirm() : become(false)),
    });
    lease = await asking;
    const either = AbortSignal.any([over.signal, released.signal]);
    if (!either.aborted) await once(either, 'abort');
    become(false);
    await lease.release();
  };

  const running = (async () => {
    while (!released.signal.aborted) {
      try {
        await untilFree();
        if (!released.signal.aborted) await takeTurns();
      } catch (error) {
        logger.warn({ err: error, role }, 'the lease cannot be asked for');
      }
      await wait(randomInt(LOOK_MS, LARGEST_DELAY_MS));
    }
  })();

  return {
    isHeld: () => isOurs && (lease?.isHeld() ?? false),
    release: async () => {
      released.abort();
      await running;
    },
  };
};
