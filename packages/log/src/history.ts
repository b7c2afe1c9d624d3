/**
 * What can be read back of a lane, and what must be refused rather than read with a hole (pure).
 *
 * Offsets count the whole of DELIVERIES, not one lane, so what was removed before the first kept delivery cannot be told
 * to have been of another lane: a start before it is refused, unless all that was removed is known to have been told.
 */
import type { AccountId } from '@cablehub/events';
import type { HeardDelivery } from './delivery.ts';
import type { Lane } from './names.ts';

/** Where DELIVERIES ends. */
export type Tail = {
  /** Which stream the offsets belong to: another when it was made anew. Short, opaque. */
  readonly epoch: string;
  /** The newest offset there ever was; 0: none. */
  readonly offset: number;
};

/**
 * Behind an offset, or from a time (Unix ms) on. Behind an offset, `toldUntil` (Unix ms) says that whoever asks was told all
 * that was stored before: when what follows the offset is no longer kept, that is as good, and all that is kept is read.
 */
export type HistoryStart = Behind | { readonly since: number };
type Behind = { readonly after: number; readonly toldUntil?: number | undefined };

export type HistoryRequest = {
  readonly accountId: AccountId;
  readonly lane: Lane;
  readonly start: HistoryStart;
  /** The last offset wanted. Default: the newest. */
  readonly upTo?: number;
  /** The epoch the offsets are of. */
  readonly epoch: string;
};

/**
 * Why nothing is read: something after the start may be gone (`expired`), the start is not there yet (`future`), or the
 * offsets are of another stream (`foreign_epoch`).
 */
export type HistoryRefusal = 'expired' | 'future' | 'foreign_epoch';

export type History =
  /** All there is on the lane from the start to `upTo`, in order. Unless it `isWhole`, there is more behind `upTo`: read on. */
  | {
      readonly ok: true;
      readonly deliveries: readonly HeardDelivery[];
      readonly upTo: number;
      readonly isWhole: boolean;
    }
  | { readonly ok: false; readonly reason: HistoryRefusal };

/** What is read at once; what goes over one of them is read, and then no more. */
export const HISTORY_PART = { deliveries: 10_000, bytes: 4_194_304 };

/** What a stream keeps. Times are Unix ms. */
export type Kept = {
  readonly epoch: string;
  readonly createdAt: number;
  /** The first offset that is kept; the one after the last when none is. */
  readonly first: number;
  readonly firstAt: number;
  readonly last: number;
  readonly lastAt: number;
  /** Nothing stored at this time or later was removed. */
  readonly wholeFrom: number;
  readonly now: number;
};

/** Why a request cannot be met from what is kept; null: it can. */
export const refusalOf = ({ start, epoch }: HistoryRequest, kept: Kept): HistoryRefusal | null => {
  if (epoch !== kept.epoch) return 'foreign_epoch';
  return 'after' in start ? refusalAfter(start, kept) : refusalSince(start.since, kept);
};

const refusalAfter = ({ after, toldUntil }: Behind, kept: Kept): HistoryRefusal | null => {
  if (after > kept.last) return 'future';
  if (after + 1 >= kept.first) return null;
  // The offset is of this stream, and before it was made there was nothing to tell.
  return toldUntil === undefined ? 'expired' : refusalSince(Math.max(toldUntil, kept.createdAt), kept);
};

/** A time comes in whole seconds: what was said in the second in which the stream was made is about this stream. */
const SECOND_MS = 1_000;

const refusalSince = (since: number, kept: Kept): HistoryRefusal | null => {
  if (since > kept.now) return 'future';
  if (since + SECOND_MS <= kept.createdAt) return 'expired';
  const isWhole = kept.first === 1 || since >= kept.wholeFrom;
  const isEmpty = kept.first > kept.last;
  return isWhole || since > (isEmpty ? kept.lastAt : kept.firstAt) ? null : 'expired';
};

/** The same deliveries, each with the offset of the one before it; the first with where the reading began. */
export const chained = (deliveries: readonly HeardDelivery[], start: HistoryStart): readonly HeardDelivery[] => {
  let previous = 'after' in start ? start.after : (deliveries[0]?.stored?.offset ?? 1) - 1;
  return deliveries.map((delivery) => {
    if (delivery.stored === null) return delivery;
    const { offset } = delivery.stored;
    const linked = { ...delivery, stored: { offset, previous } };
    previous = offset;
    return linked;
  });
};
