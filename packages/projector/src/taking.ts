/** One batch of the log, folded into the open transaction, and what of it is still to be told. */
import {
  agentTokenKey,
  contactTokenKey,
  isWithin,
  type Delivery,
  type LogEntry,
  type PartitionRange,
  type Tokens,
} from '@cablehub/log';
import type { Position } from '@cablehub/events';
import type { GrantChange } from './evolution/evolution.ts';
import { project, type Consequences, type ProjectOptions } from './projection.ts';
import { isStored, isUntold, type Published } from './published.ts';
import type { Views } from './views.ts';

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
  /** When each event with a delivery was stored in the log. */
  readonly toldRecordedAt: readonly number[];
  /** When all of its deliveries were acknowledged: milliseconds since 1970. */
  readonly toldAt: number;
};

export type Folded = {
  readonly grants: readonly GrantChange[];
  readonly outgoing: readonly Delivery[];
  /** What will be said of the batch once it is committed. */
  readonly batch: Omit<Batch, 'toldAt'>;
};

export type FoldBatchOptions = ProjectOptions & {
  readonly partitions: PartitionRange;
  readonly published: Published;
};

export const foldBatch = (
  views: Views,
  entries: readonly LogEntry[],
  { published, partitions, ...options }: FoldBatchOptions,
): Folded => {
  const own = entries.filter(({ accountId }) => isWithin(partitions, accountId));
  const consequences = own.map((entry) => project(views, entry, options));
  const untold = consequences.filter(({ entry }) => isUntold(entry, published));
  const outgoing = untold.flatMap(deliveriesOf).filter((delivery) => !isStored(delivery, published));
  return {
    grants: untold.flatMap(({ grants }) => grants),
    outgoing,
    batch: {
      ...nothingOf(entries),
      events: own.length,
      silent: own.length - untold.length,
      deliveries: outgoing.length,
      parked: consequences.filter(({ outcome }) => outcome.kind === 'parked'),
      duplicates: consequences.flatMap(({ entry, outcome }) => (outcome.kind === 'duplicate' ? [entry] : [])),
      toldRecordedAt: recordedAtOf(outgoing, entries),
    },
  };
};

export const passedOver = (entries: readonly LogEntry[], at: number): Batch => ({ ...nothingOf(entries), toldAt: at });

const nothingOf = (entries: readonly LogEntry[]): Omit<Batch, 'toldAt'> => {
  const { position, recordedAt } = entries.at(-1)!;
  return { events: 0, silent: 0, deliveries: 0, parked: [], duplicates: [], position, recordedAt, toldRecordedAt: [] };
};

const recordedAtOf = (outgoing: readonly Delivery[], entries: readonly LogEntry[]): readonly number[] => {
  const told = new Set(outgoing.map(({ position }) => position));
  return entries.filter(({ position }) => told.has(position)).map(({ recordedAt }) => recordedAt);
};

/** Revocations first: whoever has lost a token hears nothing of the event that took it. */
const deliveriesOf = ({ entry: { accountId, position }, grants, announcements }: Consequences): readonly Delivery[] => {
  const deliveries: Delivery[] = [];
  for (const change of grants)
    if (change.kind === 'revoked')
      deliveries.push({ accountId, position, kind: 'revocation', lane: 'agents', tokenKey: keyOf(change) });
  for (const { lane, audience, payload } of announcements)
    deliveries.push({ accountId, position, kind: 'frame', lane, audience, payload });
  return deliveries;
};

const keyOf = ({ token, grant }: GrantChange): string =>
  grant.kind === 'agent' ? agentTokenKey(token, grant.accountId) : contactTokenKey(token);

export const writeGrant = async (tokens: Pick<Tokens, 'put' | 'delete'>, change: GrantChange): Promise<void> => {
  const key = keyOf(change);
  await (change.kind === 'granted' ? tokens.put(key, change.grant) : tokens.delete(key));
};
