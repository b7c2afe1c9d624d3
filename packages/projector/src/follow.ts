/**
 * Views of one's own: a process that answers requests folds the log into a file of its own and reads from there.
 *
 * No delivery, no token, no lease: nobody hears of it. The fold is that of a replay (replay.ts), so the rows are those of the
 * projector. The loss of NATS, a full disk or a damaged file end nothing: the views stay readable where they are and go on
 * from there, or begin anew, as soon as they can.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { positionOf, type Position } from '@cablehub/events';
import type { EventLog, LogEntry } from '@cablehub/log';
import { isDamaged, removeDatabase, ViewsFault } from './database.ts';
import { viewsToStartWith, type StartPorts } from './follow-start.ts';
import type { Reading } from './queries/queries.ts';
import { fold } from './replay.ts';
import type { QueryableViews } from './sqlite-views.ts';
import { waitingFrom } from './waiting.ts';

export type FollowViewsOptions = StartPorts & {
  readonly log: Pick<EventLog, 'follow' | 'lastPosition'>;
  /** Ends the following, and closes the views. */
  readonly signal: AbortSignal;
  /** A file that is more positions behind a snapshot than this is replaced by it at the start. Default 100,000. */
  readonly farBehind?: number;
  /** The most events in one transaction, during which nothing is answered. Default 200. */
  readonly maxBatch?: number;
  /** Told of each batch once it is in the views. */
  readonly onBatch?: (batch: FollowedBatch) => void;
  /** Told how far the views are once they are open and after each batch, before `onBatch`; null: they are closed, to begin anew. */
  readonly onReach?: (reached: Reached | null) => void;
  /** Told of what went wrong and is tried again, or was left out. */
  readonly onFault?: (fault: unknown) => void;
};

export type FollowedBatch = {
  readonly entries: readonly LogEntry[];
  /** The position the views are true for now. */
  readonly position: Position;
};

/** How far views are, as `FollowedViews` says it. */
export type Reached = { readonly position: Position; readonly hasCaughtUp: boolean };

export interface FollowedViews {
  /** The position the views are true for; 0 before they are open. */
  position(): Position;
  /** Whether they come to a position within so many milliseconds; false at once when the following has ended. */
  waitFor(position: Position, limitMs: number): Promise<boolean>;
  /** The views, to be read at once: what is read within one turn is true for one position. Faults: ViewsFault until they are open. */
  reading(): Reading;
  /** Whether they have come to where the log ended when they began; once true, true for good unless they begin anew. */
  hasCaughtUp(): boolean;
  /** Resolves when the signal has ended the following and the views are closed. Never rejects. */
  readonly ended: Promise<void>;
}

const FAR_BEHIND = 100_000;
const MAX_BATCH = 200;
const RETRY_MS = 500;

/** Begins at once and goes on until the signal. */
export const followViews = (options: FollowViewsOptions): FollowedViews => {
  const { log, files, signal, farBehind = FAR_BEHIND, maxBatch = MAX_BATCH, onBatch, onReach } = options;
  const onFault = options.onFault ?? ((): void => undefined);
  const waiting = waitingFrom(positionOf(0));
  let views: QueryableViews | null = null;
  let hasCaughtUp = false;

  const forget = (): void => {
    views?.close();
    views = null;
    hasCaughtUp = false;
    waiting.reach(positionOf(0));
    onReach?.(null);
  };
  const beginAnew = (): void => {
    forget();
    removeDatabase(files.live);
  };

  const opened = async (end: Position): Promise<QueryableViews> => {
    if (views !== null && views.checkpoint() > end) {
      onFault(new ViewsFault(`the views are of another log, which ends at ${end}: they begin anew`));
      beginAnew();
    }
    views ??= await viewsToStartWith(options, { end, farBehind, onSkip: onFault });
    return views;
  };

  const reach = (position: Position, end: Position): void => {
    hasCaughtUp ||= position >= end;
    waiting.reach(position);
    onReach?.({ position, hasCaughtUp });
  };

  const run = async (): Promise<void> => {
    const end = await log.lastPosition();
    const open = await opened(end);
    reach(open.checkpoint(), end);
    for await (const entries of log.follow({ after: open.checkpoint(), signal, maxBatch })) {
      const { position } = entries.at(-1)!;
      fold(open, { entries, position }, { contactTokens: 'visible' });
      reach(position, end);
      onBatch?.({ entries, position });
    }
  };

  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await run();
      } catch (fault) {
        onFault(fault);
        if (isDamaged(fault)) beginAnew();
        await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    waiting.end();
    views?.close();
    views = null;
  };

  return {
    position: () => views?.checkpoint() ?? positionOf(0),
    waitFor: waiting.until,
    reading: () => {
      if (views === null) throw new ViewsFault('the views are not open yet, or not any more');
      return views;
    },
    hasCaughtUp: () => hasCaughtUp,
    ended: work(),
  };
};
