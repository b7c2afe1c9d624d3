/**
 * Removes files that no message has: their message was refused when nobody could remove them any more, or the process died
 * between keeping them and appending it.
 *
 * A file is left alone unless all of it holds, so that several replicas, a clock that is wrong, views that are behind and a
 * log that is still being brought back take none away that is needed: it was kept a day before the newest event, by the clock
 * of NATS, and a day ago, by ours; no message in whatever account names it, whether or not its signature is right; nothing of
 * its account is parked that could be such a message; and the sweep before this one found it so already.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Position } from '@cablehub/events';
import type { Attachments, EventLog, ListedFile } from '@cablehub/log';
import type { FollowedViews, Reading } from '@cablehub/projector';
import { keysNamedIn } from './parts.ts';

export type SweepPorts = {
  readonly files: Pick<Attachments, 'list' | 'delete'>;
  readonly log: Pick<EventLog, 'lastPosition' | 'read'>;
  readonly views: FollowedViews;
  /** Unix ms. Default: the clock. */
  readonly now?: () => number;
  /** How long a file must have been there. Default: a day; no request lasts as long by far. */
  readonly untouchedMs?: number;
};

export type Swept = {
  readonly removed: readonly string[];
  /** Found without a message, and left for the next sweep. */
  readonly suspects: ReadonlySet<string>;
};

const UNTOUCHED_MS = 86_400_000;
const VIEWS_LIMIT_MS = 30_000;
const ROWS = 500;

/** `suspects` are those of the sweep before. Faults: those of the ports. */
export const sweep = async (ports: SweepPorts, suspects: ReadonlySet<string>): Promise<Swept> => {
  const { files } = ports;
  // Listed first: what comes later is not looked at, so it does not matter which of its messages the views have.
  const listed = await files.list();
  const isNeeded = listed.length === 0 ? null : await needed(ports);
  if (isNeeded === null) return { removed: [], suspects };
  const removed: string[] = [];
  const found = new Set<string>();
  for (const file of listed) {
    if (await isNeeded(file)) continue;
    if (!suspects.has(file.key)) found.add(file.key);
    else {
      await files.delete(file.key);
      removed.push(file.key);
    }
  }
  return { removed, suspects: found };
};

/** Whether a file is, or may be, needed; null: that cannot be told now. */
const needed = async (ports: SweepPorts): Promise<((file: ListedFile) => Promise<boolean>) | null> => {
  const { log, views, now = Date.now, untouchedMs = UNTOUCHED_MS } = ports;
  const newest = await newestIn(log);
  if (newest === null || !views.hasCaughtUp()) return null;
  if (!(await views.waitFor(newest.position, VIEWS_LIMIT_MS))) return null;
  const named = await namedFiles(views, newest.position);
  if (named === null) return null;
  const isUncertain = uncertainAccounts(views.reading());
  const untouchedSince = Math.min(newest.recordedAt, now()) - untouchedMs;
  return async ({ key, lastKeptAt }) => {
    const account = /^(\d+)_/.exec(key)?.[1];
    if (account === undefined || named.has(key) || isUncertain(Number(account))) return true;
    const keptAt = await lastKeptAt();
    return keptAt === null || keptAt >= untouchedSince;
  };
};

const newestIn = async (log: SweepPorts['log']) => {
  const position = await log.lastPosition();
  if (position === 0) return null;
  for await (const { recordedAt } of log.read({ after: (position - 1) as Position })) return { position, recordedAt };
  return null;
};

/** The keys of all files that messages name; null: the views began anew meanwhile. Others are answered in between. */
const namedFiles = async (views: FollowedViews, position: Position): Promise<ReadonlySet<string> | null> => {
  const named = new Set<string>();
  for (let place = { accountId: 0, id: 0 }; ; await turn()) {
    const reading = views.reading();
    if (reading.checkpoint() < position) return null;
    const rows = reading.attachmentsBehind(place, ROWS);
    for (const { attachments } of rows) for (const key of keysNamedIn(attachments)) named.add(key);
    const last = rows.at(-1);
    if (last === undefined) return named;
    place = last;
  }
};

/** Accounts with events that may be messages, which a later version of the hub, or one that is mended, may take. */
const uncertainAccounts = (views: Reading): ((account: number) => boolean) => {
  const accounts = new Set(
    views.parked().flatMap(({ type, accountId }) => (/^(message\.|unreadable$)/.test(type) ? [Number(accountId)] : [])),
  );
  return (account) => accounts.has(account);
};
