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
  /** The most events in one transaction. Default 1000. */
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

/** Folds the log into the views, from where they are. Faults leave the last whole batch. */
export const replay = async (log: EventLog, views: Views, options: ReplayOptions): Promise<Replayed> => {
  const after = views.checkpoint();
  const upTo = positionOf(Math.max(options.upTo ?? (await log.lastPosition()), after));
  let progress: ReplayProgress = { events: 0, position: after };
  const { projections = after === 0 ? unheardProjections() : undefined } = options;
  const folding = projections === undefined ? options : { ...options, projections };
  for await (const { entries, position } of batchesOf(log, { ...options, after, upTo })) {
    fold(views, { entries, position }, folding);
    progress = { events: progress.events + entries.length, position };
    options.onProgress?.(progress);
    if (options.signal?.aborted) return { ...progress, isFinished: false };
  }
  return { ...progress, isFinished: true };
};

type Part = { readonly entries: readonly LogEntry[]; readonly position: Position };

/** Takes entries in one transaction, or none of them when it faults; the views are true for `position` then. */
export const fold = (views: Views, { entries, position }: Part, options: ProjectOptions): void => {
  const unheard = { ...options, isHeard: false };
  views.begin();
  try {
    for (const entry of entries) project(views, entry, unheard);
    views.commit(position);
  } catch (error) {
    views.rollback();
    throw error;
  }
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
