/**
 * The projector at work: from the log into the views, and from there to the gateways.
 *
 * For each batch: fold in one transaction, write tokens, publish deliveries and wait for their acknowledgement, remember
 * how far that was, commit. A crash anywhere leads to the same events folded into the same deliveries again; JetStream
 * drops those it has, and whatever was published before is recognised by its position and not published again, even when
 * the views are rebuilt from nothing or the deliveries have aged away meanwhile (published.ts).
 *
 * Of several projectors each owns some partitions. All read the whole log and pass over what is not theirs, so a position
 * means the same to all of them.
 *
 * One reader, in log order, on one thread: two would have to agree on an order that the log already has.
 */
import type { Position } from '@cablehub/events';
import {
  agentTokenKey,
  allPartitions,
  contactTokenKey,
  isWithin,
  LogFault,
  type Checkpoints,
  type Deliveries,
  type Delivery,
  type EventLog,
  type LogEntry,
  type PartitionRange,
  type Tokens,
} from '@cablehub/log';
import type { GrantChange } from './evolution/evolution.ts';
import { progressFrom, type Progress } from './progress.ts';
import { project, type Consequences, type ProjectOptions } from './projection.ts';
import { isStored, isUntold, publishedSoFar, toldByAny, type Published } from './published.ts';
import type { Views } from './views.ts';

export type RunnerPorts = {
  readonly log: EventLog;
  readonly views: Views;
  readonly deliveries: Pick<Deliveries, 'publish' | 'published'>;
  readonly tokens: Pick<Tokens, 'put' | 'delete'>;
  readonly checkpoints: Checkpoints;
};

export type RunnerOptions = ProjectOptions & {
  /** Ends the run after the batch in hand. */
  readonly signal: AbortSignal;
  /** Whose accounts it projects; nobody else may at the same time. Default: all. */
  readonly partitions?: PartitionRange;
  /** The most events in one transaction. Default 500. */
  readonly maxBatch?: number;
  /** Told of each batch once it is committed, or passed over. */
  readonly onBatch?: (batch: Batch) => void;
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
};

export type Batch = {
  /** Those of the projector's own partitions. */
  readonly events: number;
  /** How many of them had been told before: they are folded, and nobody hears of them. */
  readonly silent: number;
  readonly deliveries: number;
  readonly parked: readonly Consequences[];
  readonly duplicates: readonly LogEntry[];
  /** The position the views are true for now. */
  readonly position: Position;
  /** When the last event of the batch was stored in the log: milliseconds since 1970. */
  readonly recordedAt: number;
  /** When each event with a delivery was stored in the log: what is left to know is when its deliveries were. */
  readonly toldRecordedAt: readonly number[];
};

/** How often a projector remembers that it has passed over what is not its own. */
const PASS_MS = 1_000;

/** Runs until the signal. Faults end it with nothing half-done; running it again goes on where it stopped. */
export const runProjector = async (ports: RunnerPorts, options: RunnerOptions): Promise<void> => {
  const { log, views, checkpoints } = ports;
  const { partitions = allPartitions, now = Date.now, onBatch } = options;
  const published = await publishedSoFar(ports, partitions, now);
  await refuseAnotherLog(ports, published);
  const progress = progressFrom(published, checkpoints, now);
  const after = views.checkpoint();
  let passed: readonly LogEntry[] = [];
  let passedAt = now();

  const take = async (entries: readonly LogEntry[]): Promise<Batch> => {
    views.begin();
    try {
      return await takeBatch(ports, { entries, published, progress, options: { ...options, partitions } });
    } catch (error) {
      views.rollback();
      throw error;
    }
  };

  for await (const entries of log.follow({ after, signal: options.signal, maxBatch: options.maxBatch ?? 500 })) {
    const isForeign = !entries.some(({ accountId }) => isWithin(partitions, accountId));
    if (isForeign && now() - passedAt < PASS_MS) {
      passed = entries;
      onBatch?.(passedOver(entries));
      continue;
    }
    onBatch?.(await take(entries));
    passed = [];
    passedAt = now();
  }
  if (passed.length > 0) await take(passed);
};

/** Faults: `log_unreadable` when views or deliveries are further than the log goes. */
const refuseAnotherLog = async ({ log, views }: RunnerPorts, published: Published): Promise<void> => {
  const last = await log.lastPosition();
  const reached = Math.max(toldByAny(published), views.checkpoint());
  if (reached > last)
    throw new LogFault(
      'log_unreadable',
      `the views or deliveries have come to position ${reached}, but the log ends at ${last}: they belong to another ` +
        `log. Restore that log, or remove DATA_DIR and the DELIVERIES stream to start anew.`,
    );
};

type BatchInHand = {
  readonly entries: readonly LogEntry[];
  readonly published: Published;
  readonly progress: Progress;
  readonly options: RunnerOptions & { readonly partitions: PartitionRange };
};

const takeBatch = async (
  { views, tokens, deliveries }: RunnerPorts,
  { entries, published, progress, options }: BatchInHand,
): Promise<Batch> => {
  const own = entries.filter(({ accountId }) => isWithin(options.partitions, accountId));
  const consequences = own.map((entry) => project(views, entry, options));
  const untold = consequences.filter(({ entry }) => isUntold(entry, published));
  const outgoing = untold.flatMap(deliveriesOf).filter((delivery) => !isStored(delivery, published));

  if (outgoing.length > 0) await progress.refresh();
  // In the order of the events, and none waits for the one before.
  await Promise.all(untold.flatMap(({ grants }) => grants.map((grant) => write(tokens, grant))));
  await deliveries.publish(outgoing);
  const last = entries.at(-1)!;
  await progress.reach(last.position);
  views.commit(last.position);
  return {
    ...passedOver(entries),
    events: own.length,
    silent: own.length - untold.length,
    deliveries: outgoing.length,
    parked: consequences.filter(({ outcome }) => outcome.kind === 'parked'),
    duplicates: consequences.flatMap(({ entry, outcome }) => (outcome.kind === 'duplicate' ? [entry] : [])),
    toldRecordedAt: recordedAtOf(outgoing, entries),
  };
};

const passedOver = (entries: readonly LogEntry[]): Batch => {
  const { position, recordedAt } = entries.at(-1)!;
  return {
    events: 0,
    silent: 0,
    deliveries: 0,
    parked: [],
    duplicates: [],
    position,
    recordedAt,
    toldRecordedAt: [],
  };
};

const recordedAtOf = (outgoing: readonly Delivery[], entries: readonly LogEntry[]): readonly number[] => {
  const told = new Set(outgoing.map(({ position }) => position));
  return entries.filter(({ position }) => told.has(position)).map(({ recordedAt }) => recordedAt);
};

/** Revocations first: whoever has lost a token hears nothing of the event that took it. */
const deliveriesOf = ({ entry, grants, announcements }: Consequences): readonly Delivery[] => [
  ...grants.flatMap((change): Delivery[] =>
    change.kind === 'revoked'
      ? [{ ...placeOf(entry), kind: 'revocation', lane: 'agents', tokenKey: keyOf(change) }]
      : [],
  ),
  ...announcements.map((announcement): Delivery => ({ ...placeOf(entry), kind: 'frame', ...announcement })),
];

const placeOf = ({ accountId, position }: LogEntry) => ({ accountId, position });

const keyOf = ({ token, grant }: GrantChange): string =>
  grant.kind === 'agent' ? agentTokenKey(token, grant.accountId) : contactTokenKey(token);

const write = async (tokens: RunnerPorts['tokens'], change: GrantChange): Promise<void> => {
  const key = keyOf(change);
  await (change.kind === 'granted' ? tokens.put(key, change.grant) : tokens.delete(key));
};
