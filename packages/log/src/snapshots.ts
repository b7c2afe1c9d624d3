/**
 * Snapshots of the views: whole files, kept beside the log, from which a replica starts instead of from the first event.
 *
 * A convenience, never a truth: what is missing, damaged or of another version is passed over, and the log rebuilds it.
 * Two adapters keep the promises of the port: the JetStream object store (snapshots-jetstream.ts) and a map
 * (snapshots-memory.ts), held to them by snapshots.contract.ts.
 */
import type { Position } from '@cablehub/events';
import { z } from 'zod';
import { allPartitions, isSameRange, rangeName, type PartitionRange } from './partitions.ts';

/** How many snapshots are kept. The newest may be of a version that an older hub cannot use, or damaged. */
export const SNAPSHOTS_KEPT = 3;

/** What a file of views says of itself. */
export type SnapshotOf = {
  /** The position the views in it are true for. */
  readonly position: Position;
  /** The version of the views in it. */
  readonly viewsVersion: number;
};

export type Snapshot = SnapshotOf & {
  readonly name: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Of the file. */
  readonly sizeBytes: number;
};

export type Fetched =
  | { readonly ok: true }
  /** Its bytes are not those that were put, or some are missing. */
  | { readonly ok: false; readonly reason: 'damaged' }
  /** It was removed, as the oldest one is when a newer one comes. */
  | { readonly ok: false; readonly reason: 'gone' };

/** All its faults are `nats_unavailable`. */
export interface Snapshots {
  /** Keeps a copy of a file, which must not change meanwhile, and then only the newest few of all. */
  put(file: string, of: SnapshotOf): Promise<Snapshot>;
  /** Those that are kept, the furthest in the log first. */
  list(): Promise<readonly Snapshot[]>;
  /** Writes a snapshot to a file, which is whole when the answer is `ok`, and removed when it is not. */
  fetch(snapshot: Snapshot, file: string): Promise<Fetched>;
}

/** Of part of the partitions: `views-0-31-v2-1000`; of all: `views-v2-1000`. */
export const nameOf = ({ viewsVersion, position }: SnapshotOf, partitions: PartitionRange = allPartitions): string => {
  const part = isSameRange(partitions, allPartitions) ? '' : `${rangeName(partitions)}-`;
  return `views-${part}v${viewsVersion}-${position}`;
};

/** The furthest first; of two at one position the newer version. */
export const furthestFirst = (one: Snapshot, other: Snapshot): number =>
  other.position - one.position || other.viewsVersion - one.viewsVersion;

/** A snapshot's description as it is stored: all text. */
export const description = z.object({
  position: z.coerce.number().int().nonnegative(),
  viewsVersion: z.coerce.number().int(),
  sha256: z.string(),
  sizeBytes: z.coerce.number().int().nonnegative(),
});
