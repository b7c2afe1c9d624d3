/**
 * What a follower begins with: its own file if it can go on with it, else the newest snapshot that fits, else nothing.
 *
 * The file is a copy of what the log says, so whatever cannot be gone on with is removed rather than repaired.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Position } from '@cablehub/events';
import { allPartitions, rangeName, type Snapshot, type Snapshots } from '@cablehub/log';
import { isDamaged, removeDatabase } from './database.ts';
import { queryableViews, type QueryableViews } from './sqlite-views.ts';
import { adoptViews, offerViews, stateOf, unfitness, type Fit, type ViewFiles } from './view-files.ts';

export type StartPorts = {
  readonly files: ViewFiles;
  readonly snapshots: Pick<Snapshots, 'list' | 'fetch'>;
};

export type StartOptions = {
  /** Where the log ends. */
  readonly end: Position;
  /** A file that is more positions behind a snapshot than this is replaced by it. */
  readonly farBehind: number;
  /** Told of a snapshot that was left out, and why. */
  readonly onSkip: (why: unknown) => void;
};

/** Opens the views to go on with. Faults: ViewsFault. */
export const viewsToStartWith = async (ports: StartPorts, options: StartOptions): Promise<QueryableViews> => {
  const { files } = ports;
  const fit: Fit = { told: options.end, partitions: allPartitions };
  const kept = stateOf(files.live);
  const isUsable = kept !== null && unfitness(kept, fit) === null;
  if (kept !== null && !isUsable) removeDatabase(files.live);
  await restore(ports, { ...options, fit, beyond: isUsable ? kept.position + options.farBehind : 0 });
  return openOrBegin(files);
};

type Restoring = StartOptions & { readonly fit: Fit; readonly beyond: number };

/** Puts the newest snapshot that fits in the place of the file, if it is further than `beyond`. */
const restore = async (ports: StartPorts, { fit, beyond, onSkip }: Restoring): Promise<void> => {
  const { files, snapshots } = ports;
  // Without snapshots the log still has everything, so no failure of theirs keeps a follower from it.
  const kept = await snapshots.list().catch((error: unknown) => {
    onSkip(error);
    return [];
  });
  for (const snapshot of kept.filter(({ position }) => position > beyond)) {
    const why = await fetchedWrongly(ports, snapshot, fit);
    if (why === null) {
      offerViews(files.rebuilding, files);
      return void adoptViews(files, fit);
    }
    onSkip(why);
    removeDatabase(files.rebuilding);
  }
};

/** What is wrong with a snapshot; null: it was fetched. */
const fetchedWrongly = async ({ files, snapshots }: StartPorts, snapshot: Snapshot, fit: Fit): Promise<unknown> => {
  const { name, position, viewsVersion: version } = snapshot;
  const said = unfitness({ position, version, partitions: rangeName(fit.partitions), isWhole: true }, fit);
  if (said !== null) return `the snapshot ${name} does not fit: ${said}`;
  mkdirSync(dirname(files.rebuilding), { recursive: true });
  try {
    const fetched = await snapshots.fetch(snapshot, files.rebuilding);
    if (!fetched.ok) return `the snapshot ${name} is ${fetched.reason}`;
  } catch (error) {
    return error;
  }
  const state = stateOf(files.rebuilding);
  const why = state?.position === position ? unfitness(state, fit) : 'it is not what it says it is';
  return why === null ? null : `the snapshot ${name} does not fit: ${why}`;
};

const openOrBegin = ({ live }: ViewFiles): QueryableViews => {
  try {
    return queryableViews(live);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    removeDatabase(live);
    return queryableViews(live);
  }
};
