/**
 * The projector at work: from the log into the views, and from there to the gateways.
 *
 * For each batch: fold, write tokens, publish deliveries. While their acknowledgements come, the next batch is folded in the same
 * transaction, when there is one already; it is published once all before it is acknowledged. In the end it is remembered how far
 * that was, and committed. So neither the checkpoint nor the file is ever ahead of what is acknowledged. A crash anywhere leads to
 * the same events folded into the same deliveries again; JetStream drops those it has, and whatever was published before is
 * recognised by its position and not published again, even when the views are rebuilt from nothing or the deliveries have aged
 * away meanwhile (published.ts).
 *
 * Of several projectors each owns some partitions. All read the whole log and pass over what is not theirs, so a position
 * means the same to all of them.
 *
 * One reader, in log order, on one thread: two would have to agree on an order that the log already has.
 */
import {
  allPartitions,
  isWithin,
  LogFault,
  type Checkpoints,
  type Deliveries,
  type EventLog,
  type LogEntry,
  type PartitionRange,
  type Tokens,
} from '@cablehub/log';
import { progressFrom, type Progress } from './progress.ts';
import type { ProjectOptions } from './projection.ts';
import { publishedSoFar, toldByAny, type Published } from './published.ts';
import { readAhead, type ReadAhead } from './read-ahead.ts';
import { foldBatch, passedOver, writeGrant, type Batch } from './taking.ts';
import type { Views } from './views.ts';

export type RunnerPorts = {
  readonly log: EventLog;
  readonly views: Views;
  readonly deliveries: Pick<Deliveries, 'publish' | 'published'>;
  readonly tokens: Pick<Tokens, 'put' | 'delete'>;
  readonly checkpoints: Checkpoints;
};

export type RunnerOptions = ProjectOptions & {
  /** Ends the run after the batches in hand. */
  readonly signal: AbortSignal;
  /** Whose accounts it projects; nobody else may at the same time. Default: all. */
  readonly partitions?: PartitionRange;
  /** The most events that are folded and published at once. Default 500. */
  readonly maxBatch?: number;
  /** Told of each batch once it is committed, or passed over. */
  readonly onBatch?: (batch: Batch) => void;
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
};

/** How often a projector remembers that it has passed over what is not its own. */
const PASS_MS = 1_000;
/** The most batches in one transaction: a crash repeats as many. */
const MOST_TOGETHER = 8;

/** Runs until the signal. Faults end it with nothing half-done; running it again goes on where it stopped. */
export const runProjector = async (ports: RunnerPorts, options: RunnerOptions): Promise<void> => {
  const { log, views, checkpoints } = ports;
  const { partitions = allPartitions, now = Date.now, onBatch } = options;
  const published = await publishedSoFar(ports, partitions, now);
  await refuseAnotherLog(ports, published);
  const progress = progressFrom(published, checkpoints, now);
  const ahead = readAhead(log, views, options);
  const run: Run = { ahead, published, progress, options: { ...options, partitions, now } };
  let passed: readonly LogEntry[] = [];
  let passedAt = now();

  const inOneTransaction = async (entries: readonly LogEntry[]): Promise<readonly Batch[]> => {
    views.begin();
    try {
      return await takeTogether(ports, entries, run);
    } catch (error) {
      views.rollback();
      throw error;
    }
  };

  const take = async (entries: readonly LogEntry[]): Promise<void> => {
    for (const batch of await inOneTransaction(entries)) onBatch?.(batch);
    passed = [];
    passedAt = now();
  };

  try {
    for (;;) {
      const entries = await ahead.next();
      if (entries === null) break;
      const isForeign = !entries.some(({ accountId }) => isWithin(partitions, accountId));
      if (!isForeign || now() - passedAt >= PASS_MS) {
        await take(entries);
        continue;
      }
      passed = entries;
      onBatch?.(passedOver(entries, now()));
    }
    if (passed.length > 0) await take(passed);
  } finally {
    await ahead.end();
  }
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

type Run = {
  readonly ahead: ReadAhead;
  readonly published: Published;
  readonly progress: Progress;
  readonly options: RunnerOptions & { readonly partitions: PartitionRange; readonly now: () => number };
};

/** Takes these entries, and those behind them that are there before all is acknowledged, in the open transaction, and commits. */
const takeTogether = async (
  { views, tokens, deliveries }: RunnerPorts,
  first: readonly LogEntry[],
  { ahead, published, progress, options }: Run,
): Promise<readonly Batch[]> => {
  const { now } = options;
  const taken: { readonly batch: Omit<Batch, 'toldAt'>; readonly told: Promise<number> }[] = [];
  let acknowledged: Promise<unknown> = Promise.resolve();
  let isTelling = false;
  let entries: readonly LogEntry[] | null = first;
  while (entries !== null) {
    const { grants, outgoing, batch } = foldBatch(views, entries, { ...options, published });
    // Before the first only: nothing may be stored behind a checkpoint that is put after it.
    if (outgoing.length > 0 && !isTelling) await progress.refresh();
    isTelling ||= outgoing.length > 0;
    // In the order of the events, and none waits for the one before.
    await Promise.all([acknowledged, ...grants.map((grant) => writeGrant(tokens, grant))]);
    const told = deliveries.publish(outgoing).then(now);
    told.catch(() => undefined); // it is heard of below, and may fail before
    acknowledged = told;
    taken.push({ batch, told });
    entries = taken.length < MOST_TOGETHER ? await ahead.nextBefore(told) : null;
  }
  await acknowledged;
  const { position } = taken.at(-1)!.batch;
  await progress.reach(position);
  views.commit(position);
  return Promise.all(taken.map(async ({ batch, told }) => ({ ...batch, toldAt: await told })));
};
