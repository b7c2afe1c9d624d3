/**
 * The checkpoint of a projector at work: what it may say, and when.
 *
 * It says that all of its partitions have been told up to a position, and what is stored behind it was stored later than it
 * was put; publishedSoFar (published.ts) rests on both.
 */
import type { Position } from '@cablehub/events';
import type { Checkpoints } from '@cablehub/log';
import { toldByAll, type Published } from './published.ts';

export type Progress = {
  /** Puts the checkpoint again when it is not young, so that what is published now can be published again after a fault. */
  readonly refresh: () => Promise<void>;
  /** Everything up to here is told. */
  readonly reach: (position: Position) => Promise<void>;
};

const REFRESH_MS = 30_000;

export const progressFrom = (
  published: Published,
  checkpoints: Pick<Checkpoints, 'put'>,
  now: () => number,
): Progress => {
  let told = toldByAll(published);
  let putAt = -Infinity;

  const put = async (): Promise<void> => {
    // Something is stored further on since long: a young checkpoint before it would let it be published again.
    if (told < published.beyond) return;
    await checkpoints.put(told);
    putAt = now();
  };

  return {
    refresh: async () => {
      if (now() - putAt > REFRESH_MS) await put();
    },
    reach: async (position) => {
      if (position <= told) return;
      told = position;
      await put();
    },
  };
};
