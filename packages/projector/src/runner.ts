/**
 * The projector at work: from the log into the views, and from there to the gateways.
 *
 * For each batch: fold in one transaction, write tokens, publish deliveries and wait for their acknowledgement, remember
 * how far that was, commit. A crash anywhere leads to the same events folded into the same deliveries again; JetStream
 * drops those it has, and whatever was published before is recognised by its position and not published again, even when
 * the views are rebuilt from nothing or the deliveries have aged away meanwhile.
 *
 * One reader, in log order, on one thread: two would have to agree on an order that the log already has.
 */
import type { Position } from '@cablehub/events';
import {
  agentTokenKey,
  contactTokenKey,
  LogFault,
  subjects,
  type Checkpoints,
  type Deliveries,
  type Delivery,
  type EventLog,
  type LogEntry,
  type Published,
  type Tokens,
} from '@cablehub/log';
import type { GrantChange } from './evolution/evolution.ts';
import { project, type Consequences, type ProjectOptions } from './projection.ts';
import { publishedSoFar } from './published.ts';
import type { Views } from './views.ts';

export type RunnerPorts = {
  readonly log: EventLog;
  readonly views: Views;
  readonly deliveries: Pick<Deliveries, 'publish' | 'lastPublished'>;
  readonly tokens: Pick<Tokens, 'put' | 'delete'>;
  readonly checkpoints: Checkpoints;
};

export type RunnerOptions = ProjectOptions & {
  /** Ends the run after the batch in hand. */
  readonly signal: AbortSignal;
  /** The most events in one transaction. Default 500. */
  readonly maxBatch?: number;
  /** Told of each batch once it is committed. */
  readonly onBatch?: (batch: Batch) => void;
};

export type Batch = {
  readonly events: number;
  readonly deliveries: number;
  readonly parked: readonly Consequences[];
  /** The position the views are true for now. */
  readonly position: Position;
  /** When the last event of the batch was stored in the log: milliseconds since 1970. */
  readonly recordedAt: number;
  /** When each event with a delivery was stored in the log: what is left to know is when its deliveries were. */
  readonly toldRecordedAt: readonly number[];
};

/** Runs until the signal. Faults end it with nothing half-done; running it again goes on where it stopped. */
export const runProjector = async (ports: RunnerPorts, options: RunnerOptions): Promise<void> => {
  const { log, views } = ports;
  const published = await publishedSoFar(ports);
  await refuseAnotherLog(ports, published);
  const after = views.checkpoint();
  for await (const entries of log.follow({ after, signal: options.signal, maxBatch: options.maxBatch ?? 500 })) {
    views.begin();
    try {
      options.onBatch?.(await takeBatch(ports, { entries, published, options }));
    } catch (error) {
      views.rollback();
      throw error;
    }
  }
};

/** Faults: `log_unreadable` when views or deliveries are further than the log goes. */
const refuseAnotherLog = async ({ log, views }: RunnerPorts, published: Published): Promise<void> => {
  const last = await log.lastPosition();
  const reached = Math.max(published.position, views.checkpoint());
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
  readonly options: RunnerOptions;
};

const takeBatch = async (ports: RunnerPorts, { entries, published, options }: BatchInHand): Promise<Batch> => {
  const { views, tokens, deliveries, checkpoints } = ports;
  const consequences = entries.map((entry) => project(views, entry, options));
  const untold = consequences.filter(({ entry }) => isUntold(entry.position, published));
  const outgoing = untold.flatMap(deliveriesOf).filter((delivery) => !isStored(delivery, published));

  for (const { grants } of untold) for (const grant of grants) await write(tokens, grant);
  await deliveries.publish(outgoing);
  const last = entries.at(-1)!;
  if (untold.length > 0) await checkpoints.put(last.position);
  views.commit(last.position);
  return {
    events: entries.length,
    deliveries: outgoing.length,
    parked: consequences.filter(({ parkedFor }) => parkedFor !== null),
    position: last.position,
    recordedAt: last.recordedAt,
    toldRecordedAt: recordedAtOf(outgoing, entries),
  };
};

const recordedAtOf = (outgoing: readonly Delivery[], entries: readonly LogEntry[]): readonly number[] => {
  const told = new Set(outgoing.map(({ position }) => position));
  return entries.filter(({ position }) => told.has(position)).map(({ recordedAt }) => recordedAt);
};

/** At the published position itself a part may be missing: whoever published it may have stopped between two lanes. */
const isUntold = (position: Position, published: Published): boolean =>
  position > published.position || (position === published.position && published.lanes.size > 0);

const isStored = ({ accountId, lane, position }: Delivery, published: Published): boolean =>
  position === published.position && published.lanes.has(subjects.delivery(accountId, lane));

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
