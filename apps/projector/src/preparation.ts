/**
 * What happens before the projector works: its file is made one it can go on with.
 *
 * Views that wait to be taken over are; a file that is missing or far behind is replaced by the newest snapshot that fits; one
 * of another version is rebuilt aside, from a snapshot or from the first event, and serves reads until then. Nothing is
 * published here, so nothing is folded that has not been told already.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Position } from '@cablehub/events';
import {
  rangeName,
  type EventLog,
  type PartitionRange,
  type Signals,
  type Snapshot,
  type Snapshots,
} from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import {
  adoptViews,
  offerViews,
  removeViews,
  reportedReplay,
  sealViews,
  sqliteViews,
  stateOf,
  toldUpTo,
  unfitness,
  VIEWS_VERSION,
  type AnnounceOptions,
  type Fit,
  type PublishedPorts,
  type ViewFiles,
} from '@cablehub/projector';
import { rateFromNow, type ProjectorMetrics } from './metrics.ts';

export type PreparationPorts = PublishedPorts & {
  readonly log: EventLog;
  readonly snapshots: Pick<Snapshots, 'list' | 'fetch'>;
  readonly files: ViewFiles;
  readonly logger: Logger;
  readonly metrics: Pick<ProjectorMetrics, 'replayed' | 'snapshot'>;
  readonly signals: Pick<Signals, 'sendReplay'>;
};

export type PreparationOptions = AnnounceOptions & {
  readonly signal: AbortSignal;
  /** Whose accounts the views hold. */
  readonly partitions: PartitionRange;
  /** A file that is more positions behind a snapshot than this is replaced by it. */
  readonly farBehind: number;
  /** Closes what this process has open on the live file, before another takes its place. */
  readonly onReplace: () => void;
};

const RETRY_MS = 200;

/** Resolves when the live file can be worked with, or when the signal ends it. Faults: as of the log and the views. */
export const prepareViews = async (ports: PreparationPorts, options: PreparationOptions): Promise<void> => {
  const { files, log } = ports;
  const { partitions } = options;
  // A log that ends before what was told is another log; the run that follows refuses it.
  const told = Math.min(await toldUpTo(ports, partitions), await log.lastPosition()) as Position;
  const fit = { told, partitions };
  adopt(ports, fit, options);
  const live = stateOf(files.live);
  const isOfAnotherVersion = live !== null && live.version !== VIEWS_VERSION;
  const beyond = live === null || isOfAnotherVersion ? 0 : live.position + options.farBehind;
  const isRestored = await restore(ports, { fit, beyond });
  if (isOfAnotherVersion && !isRestored) await rebuild(ports, fit, options);
  if (isRestored || isOfAnotherVersion) await adoptWhenFree(ports, fit, options);
};

/** Takes over what is offered, if anything is. False: somebody is reading the live file. */
const adopt = ({ files, logger }: PreparationPorts, fit: Fit, { onReplace }: PreparationOptions): boolean => {
  onReplace();
  const adoption = adoptViews(files, fit);
  if (adoption.ok) logger.info({ position: adoption.position }, 'took over rebuilt views');
  else if (adoption.reason === 'unfit') logger.warn({ why: adoption.why }, 'removed views that were offered');
  return adoption.ok || adoption.reason !== 'busy';
};

const adoptWhenFree = async (ports: PreparationPorts, fit: Fit, options: PreparationOptions): Promise<void> => {
  while (!options.signal.aborted && !adopt(ports, fit, options))
    await pause(RETRY_MS, undefined, { signal: options.signal }).catch(() => undefined);
};

type Restoring = {
  readonly fit: Fit;
  /** Only a snapshot further than this is worth it. */
  readonly beyond: number;
};

/** Offers the newest snapshot that fits. False: none does, or none is far enough. */
const restore = async (ports: PreparationPorts, { fit, beyond }: Restoring): Promise<boolean> => {
  const { snapshots, files, logger, metrics } = ports;
  const kept = await snapshots.list().catch((error: unknown) => {
    logger.warn({ err: error }, 'the snapshots of the views cannot be reached');
    return [];
  });
  for (const snapshot of kept) {
    const { name, position, viewsVersion } = snapshot;
    if (position <= Math.max(beyond, rebuiltSoFar(files, fit))) return false;
    const said = unfitness(
      { position, version: viewsVersion, partitions: rangeName(fit.partitions), isWhole: true },
      fit,
    );
    const why = said ?? (await fetchInto(ports, snapshot, fit));
    if (why === null) {
      offerViews(files.rebuilding, files);
      metrics.snapshot('restored');
      logger.info({ snapshot: name, position }, 'starting from a snapshot of the views');
      return true;
    }
    metrics.snapshot('skipped');
    logger.warn({ snapshot: name, why }, 'skipped a snapshot of the views');
  }
  return false;
};

/** How far an earlier rebuilding came that was cut off. */
const rebuiltSoFar = ({ rebuilding }: ViewFiles, fit: Fit): number => {
  const state = stateOf(rebuilding);
  return state !== null && unfitness(state, fit) === null ? state.position : 0;
};

/** Fetches a snapshot; what is wrong with it, or null. */
const fetchInto = async (
  { snapshots, files }: PreparationPorts,
  snapshot: Snapshot,
  fit: Fit,
): Promise<string | null> => {
  removeViews(files.rebuilding);
  await mkdir(dirname(files.rebuilding), { recursive: true });
  // Without a snapshot the log still has everything, so no failure of the fetching may keep the projector from its work.
  const fetched = await snapshots.fetch(snapshot, files.rebuilding).catch((error: unknown) => String(error));
  if (typeof fetched === 'string') return fetched;
  if (!fetched.ok) return fetched.reason === 'gone' ? 'it is gone' : 'its bytes are damaged';
  const state = stateOf(files.rebuilding);
  const why = state?.position === snapshot.position ? unfitness(state, fit) : 'it is not what it says it is';
  if (why !== null) removeViews(files.rebuilding);
  return why;
};

/** Rebuilds aside up to what has been told, going on where an earlier attempt ended, and offers the outcome. */
const rebuild = async (ports: PreparationPorts, fit: Fit, options: PreparationOptions): Promise<void> => {
  const { files, log, logger, metrics, signals } = ports;
  if (unfitness(stateOf(files.rebuilding), fit) !== null) removeViews(files.rebuilding);
  logger.info(
    { told: fit.told, version: VIEWS_VERSION },
    'the views are of another version: rebuilding them from the log',
  );
  const views = sqliteViews(files.rebuilding, fit.partitions);
  const rate = rateFromNow();
  let soFar = 0;
  try {
    const { contactTokens, signal } = options;
    const reporting = { log, views, signals };
    const { isFinished } = await reportedReplay(reporting, {
      by: 'projector',
      contactTokens,
      signal,
      partitions: fit.partitions,
      upTo: fit.told,
      onProgress: ({ events }) => {
        metrics.replayed(events - soFar, rate(events - soFar));
        soFar = events;
      },
    });
    if (!isFinished) return;
  } finally {
    views.close();
  }
  sealViews(files.rebuilding, { isWhole: true });
  offerViews(files.rebuilding, files);
};
