/**
 * How far the world has been told, partition by partition.
 *
 * A checkpoint of any projector there ever was is a fact about each of its partitions: all up to there has been told. So a
 * partition is told as far as the furthest checkpoint over it, whoever put it, and ranges may change hands. What was stored
 * behind that checkpoint, by a run that ended before it could put the next, is found in one of two ways:
 *
 * - A checkpoint that is young: it is published again, and DELIVERIES drops what it has by its id. That also fills what a
 *   lost connection has left out in between.
 * - One that is older: the deliveries since are looked through. Of a partition, all before the newest are stored; at the newest
 *   one's position some lanes may be missing.
 */
import { positionOf, type Position } from '@cablehub/events';
import {
  DUPLICATE_WINDOW_MS,
  isWithin,
  partitionOf,
  partitionsOf,
  rangeOfRole,
  subjects,
  type Checkpoint,
  type Checkpoints,
  type Deliveries,
  type Delivery,
  type PartitionRange,
} from '@cablehub/log';

export type PublishedPorts = {
  readonly deliveries: Pick<Deliveries, 'published'>;
  readonly checkpoints: Pick<Checkpoints, 'all'>;
};

/** All of a partition's up to `position` but, at `position` itself, only that in `lanes` if there are any. */
type Told = { readonly position: Position; readonly lanes: ReadonlySet<string> };

export type Published = {
  readonly told: ReadonlyMap<number, Told>;
  /** The furthest delivery that is stored behind a checkpoint, as far as was looked; 0: none. */
  readonly beyond: Position;
};

/** Within this time it is safe to publish again; the clocks of NATS and of this machine may differ by the rest. */
const YOUNG_MS = DUPLICATE_WINDOW_MS / 5;
/** The streams of a cluster are stamped by different machines. */
const CLOCKS_DIFFER_MS = 60_000;

/** Faults: those of the ports. */
export const publishedSoFar = async (
  ports: PublishedPorts,
  partitions: PartitionRange,
  now: () => number = Date.now,
): Promise<Published> => {
  const checkpoints = [...(await ports.checkpoints.all())];
  const furthest = new Map(
    partitionsOf(partitions).map((partition) => [partition, furthestOver(partition, checkpoints)]),
  );
  const told = new Map<number, Told>(
    [...furthest].map(([partition, { position }]) => [partition, { position, lanes: none }]),
  );
  const old = [...furthest.values()].filter(({ putAt }) => now() - putAt > YOUNG_MS);
  if (old.length === 0) return { told, beyond: positionOf(0) };

  let beyond = positionOf(0);
  const since = Math.min(...old.map(({ putAt }) => putAt)) - CLOCKS_DIFFER_MS;
  for await (const { accountId, lane, position } of ports.deliveries.published(since)) {
    const partition = partitionOf(accountId);
    if (!isWithin(partitions, accountId) || !old.includes(furthest.get(partition)!)) continue;
    const before = told.get(partition)!;
    if (position < before.position || position <= furthest.get(partition)!.position) continue;
    const lanes = position === before.position ? before.lanes : none;
    told.set(partition, { position, lanes: new Set([...lanes, subjects.delivery(accountId, lane)]) });
    beyond = positionOf(Math.max(beyond, position));
  }
  return { told, beyond };
};

const none: ReadonlySet<string> = new Set();
const never: Checkpoint = { position: positionOf(0), putAt: -Infinity };

/** Of several as far, the one put first: what was published behind it may be older than the others say. */
const furthestOver = (partition: number, checkpoints: readonly (readonly [string, Checkpoint])[]): Checkpoint => {
  let furthest = never;
  for (const [publisher, checkpoint] of checkpoints) {
    const range = rangeOfRole(publisher);
    if (range === null || partition < range.first || range.last < partition) continue;
    const isFurther = checkpoint.position > furthest.position;
    const isOlder = checkpoint.position === furthest.position && checkpoint.putAt < furthest.putAt;
    if (isFurther || isOlder) furthest = checkpoint;
  }
  return furthest;
};

/** The position up to which everything has been told to all accounts of these partitions, all lanes included. */
export const toldByAll = ({ told }: Published): Position =>
  positionOf(
    Math.min(...[...told.values()].map(({ position, lanes }) => (lanes.size === 0 ? position : position - 1))),
  );

/** The position behind which nothing has been told to anybody. */
export const toldByAny = ({ told }: Published): Position =>
  positionOf(Math.max(...[...told.values()].map(({ position }) => position)));

/**
 * The position up to which everything has been told. Views that come from elsewhere than the projector's own work (a replay,
 * a snapshot) must not be further: what lies between would never be told.
 */
export const toldUpTo = async (ports: PublishedPorts, partitions: PartitionRange): Promise<Position> =>
  toldByAll(await publishedSoFar(ports, partitions));

/** Whether anything of an event may have to be told. At the told position itself some lanes may be missing. */
export const isUntold = (
  { accountId, position }: Pick<Delivery, 'accountId' | 'position'>,
  { told }: Published,
): boolean => {
  const so = told.get(partitionOf(accountId))!;
  return position > so.position || (position === so.position && so.lanes.size > 0);
};

export const isStored = ({ accountId, lane, position }: Delivery, { told }: Published): boolean => {
  const so = told.get(partitionOf(accountId))!;
  return position === so.position && so.lanes.has(subjects.delivery(accountId, lane));
};
