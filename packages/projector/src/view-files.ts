/**
 * The files of a projector's views, and how one takes the place of another.
 *
 * The projector owns `views.sqlite`. Who has rebuilt the views puts them beside it as `views.next.sqlite`, whole and in one
 * file, and the projector takes them over between two batches or at its start. A crash at any moment leaves either the old
 * file or the rebuilt one, and a rebuilt one that was not yet taken over is taken over at the next start.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { positionOf, type Position } from '@cablehub/events';
import { allPartitions, isSameRange, rangeName, type PartitionRange } from '@cablehub/log';
import {
  isThere,
  openReadOnly,
  removeDatabase,
  removeSideFiles,
  settle,
  settleAsOneFile,
  type Database,
} from './database.ts';
import { VIEWS_VERSION } from './schema.ts';

export type ViewFiles = {
  /** What the projector works with. */
  readonly live: string;
  /** Rebuilt views that wait to be taken over. */
  readonly next: string;
  /** The projector's claim on them: from here on nobody else changes them. */
  readonly adopting: string;
  /** Views that the projector is rebuilding. */
  readonly rebuilding: string;
  /** A copy on its way to the snapshots. */
  readonly copy: string;
};

/** The files of the projector of some partitions. Each range has a folder of its own in DATA_DIR. */
export const viewFilesOf = (dataDir: string, partitions: PartitionRange): ViewFiles =>
  viewFilesIn(projectorFolder(dataDir, partitions));

export const projectorFolder = (dataDir: string, partitions: PartitionRange): string =>
  join(dataDir, isSameRange(partitions, allPartitions) ? 'projector' : `projector-${rangeName(partitions)}`);

export const viewFilesIn = (folder: string): ViewFiles => ({
  live: join(folder, 'views.sqlite'),
  next: join(folder, 'views.next.sqlite'),
  adopting: join(folder, 'views.adopting.sqlite'),
  rebuilding: join(folder, 'views.rebuilding.sqlite'),
  copy: join(folder, 'views.copy.sqlite'),
});

/** What a file of views says of itself. */
export type ViewsState = {
  readonly position: Position;
  readonly version: number;
  /** Whose accounts it holds: `0-31`. */
  readonly partitions: string;
  /** False: it holds one account only, or was made as a state of the past; it must never be taken over. */
  readonly isWhole: boolean;
};

/** The state of a file of views; null: there is none, it is empty, or it cannot be read as views. */
export const stateOf = (file: string): ViewsState | null => {
  if (!isThere(file)) return null;
  let database: Database | null = null;
  try {
    database = openReadOnly(file);
    const [row] = [...database.rows('SELECT * FROM checkpoint WHERE id = 1')];
    const [[mark = 0] = []] = [...database.rows('PRAGMA user_version')];
    if (row === undefined) return null;
    // An older file does not say its partitions: it holds all.
    const [, position, version, partitions = rangeName(allPartitions)] = row as [number, number, number, string?];
    return { position: positionOf(position), version, partitions, isWhole: mark !== PARTIAL };
  } catch {
    return null; // not SQLite, or SQLite of somebody else: for whoever asks it is no file of views
  } finally {
    database?.close();
  }
};

const PARTIAL = 1;

/** Brings rebuilt views into one file that can be moved; `isWhole: false` marks them as never to be taken over. */
export const sealViews = (file: string, { isWhole }: { readonly isWhole: boolean }): void =>
  settleAsOneFile(file, isWhole ? 0 : PARTIAL);

/** Puts rebuilt views, sealed and in the same folder, where the projector takes them over. */
export const offerViews = (file: string, { next }: ViewFiles): void => renameSync(file, next);

/** Whether views wait to be taken over. */
export const isOffered = ({ next, adopting }: ViewFiles): boolean => isThere(next) || isThere(adopting);

export type Adoption =
  | { readonly ok: true; readonly position: Position }
  | { readonly ok: false; readonly reason: 'none' }
  /** Somebody is reading the live file; try again. */
  | { readonly ok: false; readonly reason: 'busy' }
  /** The offered views were removed: `why` says what is wrong with them. */
  | { readonly ok: false; readonly reason: 'unfit'; readonly why: string };

/**
 * Takes the offered views over. Only for the projector, which must have closed its own.
 *
 * All that is in the live file's WAL is first brought into the file, so that whatever is left after a crash is whole: the
 * old file without a WAL, or the new one, and never one's WAL beside the other.
 */
export const adoptViews = (files: ViewFiles, fit: Fit): Adoption => {
  if (isThere(files.next)) renameSync(files.next, files.adopting);
  if (!isThere(files.adopting)) return { ok: false, reason: 'none' };
  const state = stateOf(files.adopting);
  const why = unfitness(state, fit);
  if (state === null || why !== null) {
    removeDatabase(files.adopting);
    return { ok: false, reason: 'unfit', why: why ?? 'they are none' };
  }
  if (isThere(files.live) && !settle(files.live)) return { ok: false, reason: 'busy' };
  removeSideFiles(files.live);
  removeSideFiles(files.adopting);
  renameSync(files.adopting, files.live);
  return { ok: true, position: state.position };
};

/** Which views a projector can take over. */
export type Fit = {
  /** How much it has told the world. */
  readonly told: Position;
  readonly partitions: PartitionRange;
};

/** Why views cannot be taken over; null: they can. */
export const unfitness = (state: ViewsState | null, { told, partitions }: Fit): string | null => {
  if (state === null) return 'they cannot be read';
  if (state.partitions !== rangeName(partitions))
    return `they are of partitions ${state.partitions}, not ${rangeName(partitions)}`;
  if (!state.isWhole) return 'they are a part only, or a state of the past';
  if (state.version !== VIEWS_VERSION) return `they are of version ${state.version}, this hub makes ${VIEWS_VERSION}`;
  if (state.position > told) return `they are true for position ${state.position}, but only ${told} has been told`;
  return null;
};
