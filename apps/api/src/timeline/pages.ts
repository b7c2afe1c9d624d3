/**
 * Pages of an account's events. The log is read forwards; the newest are found by looking at its last part first, then at longer
 * and longer ones before that.
 */
import { positionOf, type AccountId, type RecordedEvent } from '@cablehub/events';
import type { EventLog } from '@cablehub/log';
import { passes, type TimelineFilter } from './entries.ts';

export type PageWanted = TimelineFilter & {
  readonly accountId: AccountId;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
};

type Log = Pick<EventLog, 'read' | 'lastPosition'>;

const FIRST_PART = 1_000;
const GROWTH = 8;

/** With `after` alone those that follow it, oldest first; else the newest before `before`, newest first. */
export const eventsPage = async (log: Log, wanted: PageWanted): Promise<readonly RecordedEvent[]> => {
  const { before, after = 0, limit } = wanted;
  if (wanted.after !== undefined && before === undefined) return firstIn(log, wanted, { from: after, to: Infinity });
  const found: RecordedEvent[] = [];
  let to = Math.min(before ?? Infinity, (await log.lastPosition()) + 1);
  for (let part = FIRST_PART; to > after + 1 && found.length < limit; part *= GROWTH) {
    const from = Math.max(after, to - 1 - part);
    found.push(...(await lastIn(log, { ...wanted, limit: limit - found.length }, { from, to })));
    to = from + 1;
  }
  return found;
};

/** Positions after `from` and before `to`. */
type Part = { readonly from: number; readonly to: number };

async function* within(log: Log, wanted: PageWanted, { from, to }: Part): AsyncGenerator<RecordedEvent> {
  for await (const entry of log.read({ after: positionOf(from), filter: { accountId: wanted.accountId } })) {
    if (entry.position >= to) return;
    if (passes(entry, wanted)) yield entry;
  }
}

const firstIn = async (log: Log, wanted: PageWanted, part: Part): Promise<readonly RecordedEvent[]> => {
  const found: RecordedEvent[] = [];
  for await (const event of within(log, wanted, part)) if (found.push(event) >= wanted.limit) break;
  return found;
};

const lastIn = async (log: Log, wanted: PageWanted, part: Part): Promise<readonly RecordedEvent[]> => {
  const found: RecordedEvent[] = [];
  for await (const event of within(log, wanted, part)) {
    found.push(event);
    if (found.length > 2 * wanted.limit) found.splice(0, found.length - wanted.limit);
  }
  return found.slice(-wanted.limit).toReversed();
};
