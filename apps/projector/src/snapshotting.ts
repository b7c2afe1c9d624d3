/**
 * Takes snapshots of the views while the projector works: a copy as of one batch, made aside and put among the snapshots.
 *
 * The fold goes on meanwhile. A failure is logged and counted and nothing else: the next one may succeed, and the log has
 * everything anyway.
 */
import type { Position } from '@cablehub/events';
import type { Snapshots } from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import { copyViews, removeViews, stateOf, type ViewFiles } from '@cablehub/projector';
import type { ProjectorMetrics } from './metrics.ts';

export type SnapshottingOptions = {
  readonly files: ViewFiles;
  readonly snapshots: Snapshots;
  /** 0: no snapshots. */
  readonly everyEvents: number;
  readonly everyMs: number;
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics: Pick<ProjectorMetrics, 'snapshot'>;
};

export type Snapshotting = {
  /** Looks, now and then, whether one is due; the live file is true for this position. Returns at once. */
  readonly look: (position: Position) => void;
  /** Waits for the one under way. */
  readonly end: () => Promise<void>;
};

export const snapshotting = (options: SnapshottingOptions): Snapshotting => {
  const { files, snapshots, everyEvents, everyMs, now, logger, metrics } = options;
  let last: { readonly position: number; readonly at: number } | null = null;
  let underWay: Promise<void> | null = null;

  const take = async (): Promise<void> => {
    try {
      await copyViews(files.live, files.copy);
      const state = stateOf(files.copy);
      if (state === null) return; // the file is new: nothing is in it yet
      const { position, version: viewsVersion } = state;
      const { name, sizeBytes } = await snapshots.put(files.copy, { position, viewsVersion });
      metrics.snapshot('taken');
      logger.info({ snapshot: name, sizeBytes }, 'took a snapshot of the views');
    } catch (error) {
      metrics.snapshot('failed');
      logger.error({ err: error }, 'a snapshot of the views could not be taken');
    } finally {
      removeViews(files.copy);
      underWay = null;
    }
  };

  return {
    look: (position) => {
      last ??= { position, at: now() };
      if (everyEvents === 0 || underWay !== null || position <= last.position) return;
      if (position - last.position < everyEvents && now() - last.at < everyMs) return;
      last = { position, at: now() };
      underWay = take();
    },
    end: async () => underWay ?? undefined,
  };
};
