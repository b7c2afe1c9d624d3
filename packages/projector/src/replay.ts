/**
 * Replay: the log folded into views and nothing else. No delivery, no token, no checkpoint but the views' own.
 *
 * The events go through the same projection as at the first time. An event whose telling fails is parked there, so it has to be
 * parked here, though nobody hears it: what could fail is told (unheard.ts), and nothing is written down.
 */
import { positionOf, type AccountId, type Position } from '@cablehub/events';
import { allPartitions, isWithin, type EventLog, type LogEntry, type PartitionRange } from '@cablehub/log';
import { project, type ProjectOptions } from './projection.ts';
import { unheardProjections } from './unheard.ts';
import type { Views } from './views.ts';

export type ReplayOptions = ProjectOptions & {
  /** The last position to take. Absent: the end of the log as it is at the start. */
  readonly upTo?: Position;
  /**
   * Takes the events that were stored in the log at or before this time, in milliseconds since 1970: the views as they
   * were then. That is the log's time, not the one that the producers gave their events.
   */
  readonly toTime?: number;
  /** Takes the events of this account only. */
  readonly accountId?: AccountId;
  /** Takes the events of these partitions only: those that the views are for. Default: all. */
  readonly partitions?: PartitionRange;
  /** Ends the replay after the batch in hand; what it has come to is kept, and a later replay goes on from there. */
  readonly signal?: AbortSignal;
  /** The most events that are folded before others get their turn. Default 1000. */
  readonly maxBatch?: number;
  /** Told after each batch. */
  readonly onProgress?: (progress: ReplayProgress) => void;
};

export type ReplayProgress = {
  /** Events taken so far. */
  readonly events: number;
  /** The position the views are true for now. */
  readonly position: Position;
};

export type Replayed = ReplayProgress & {
  /** False: the signal ended it early. */
  readonly isFinished: boolean;
};

/** What is written to in many places, as the index of ids is, is written once a transaction: eight batches in one take a quarter less time. */
const BATCHES_TOGETHER = 8;

/** Folds the log into the views, from where they are. Faults leave whole batches, maybe not the last few that were taken. */
export const replay = async (log: EventLog, views: Views, options: ReplayOptions): Promise<Replayed> => {
  const after = views.checkpoint();
  const upTo = positionOf(Math.max(options.upTo ?? (await log.lastPosition()), after));
  const { projections = after === 0 ? unheardProjections() : undefined } = options;
  const folding = projections === undefined ? options : { ...options, projections };
  return foldAll(views, batchesOf(log, { ...options, after, upTo }), folding);
};

const foldAll = async (views: Views, batches: AsyncIterable<Part>, options: ReplayOptions): Promise<Replayed> => {
  let progress: ReplayProgress = { events: 0, position: views.checkpoint() };
  let [taken, isFinished] = [0, true];
  views.begin();
  try {
    for await (const { entries, position } of batches) {
      take(views, entries, options);
      progress = { events: progress.events + entries.length, position };
      if (++taken % BATCHES_TOGETHER === 0) {
        views.commit(position);
        views.begin();
      }
      options.onProgress?.(progress);
      isFinished = !options.signal?.aborted;
      if (!isFinished) break;
    }
    views.commit(progress.position);
  } catch (error) {
    views.rollback();
    throw error;
  }
  return { ...progress, isFinished };
};

type Part = { readonly entries: readonly LogEntry[]; readonly position: Position };

/** Takes entries in one transaction, or none of them when it faults; the views are true for `position` then. */
export const fold = (views: Views, { entries, position }: Part, options: ProjectOptions): void => {
  views.begin();
  try {
    take(views, entries, options);
    views.commit(position);
  } catch (error) {
    views.rollback();
    throw error;
  }
};

const take = (views: Views, entries: readonly LogEntry[], options: ProjectOptions): void => {
  const unheard = { ...options, isHeard: false };
  for (const entry of entries) project(views, entry, unheard);
};

type Wanted = ReplayOptions & { readonly after: Position; readonly upTo: Position };

async function* batchesOf(log: EventLog, wanted: Wanted): AsyncGenerator<Part> {
  const { after, upTo, accountId, partitions = allPartitions, toTime = Infinity, maxBatch = 1_000 } = wanted;
  const filter = accountId === undefined ? {} : { filter: { accountId } };
  let entries: LogEntry[] = [];
  let position = after;
  for await (const entry of log.read({ after, ...filter })) {
    if (entry.position > upTo) break;
    if (entry.recordedAt > toTime) return yield { entries, position };
    position = entry.position;
    if (!isWithin(partitions, entry.accountId)) continue;
    entries.push(entry);
    if (entries.length < maxBatch) continue;
    yield { entries, position };
    entries = [];
  }
  // All up to here was looked at, though a filter may have left the last ones out.
  yield { entries, position: upTo };
}
