/** What the log's specifications share: short events, and ways to read and follow a log to a point. */
import type { AccountId, EventType, NewEvent } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import type { AppendResult, EventLog, FollowOptions, LogEntry, ReadOptions } from './log.ts';

/** A log that is open, and how to close it. */
export type OpenLog = { readonly log: EventLog; readonly close: () => Promise<void> };

export const stale: AppendResult = { ok: false, reason: 'wrong_expected_version' };

type Overrides = Parameters<typeof newEvent>[2];
export const team = (id: number, overrides?: Overrides): NewEvent =>
  newEvent('team.created', { id, name: 'Sales' }, overrides);
export const contact = (id: number): NewEvent => newEvent('contact.created', { id, name: 'Ada' });
export const envelope = (type: EventType): NewEvent => ({ ...team(1), type }) as NewEvent;
export const accountOf = (id: number): AccountId => id as AccountId;

export const positionsOf = (results: readonly AppendResult[]): readonly number[] =>
  results.map((result) => {
    if (!result.ok) throw new Error(`was not appended: ${result.reason}`);
    return result.position;
  });

export const all = async (log: EventLog, options?: ReadOptions): Promise<readonly LogEntry[]> => {
  const entries: LogEntry[] = [];
  for await (const entry of log.read(options)) entries.push(entry);
  return entries;
};

export const idsIn = async (log: EventLog, options?: ReadOptions): Promise<readonly unknown[]> =>
  (await all(log, options)).map((entry) => (entry.type === 'unreadable' ? entry : (entry.data as { id: number }).id));

export const isGrowing = (entries: readonly LogEntry[]): boolean =>
  entries.every(({ position }, index) => position > (entries[index - 1]?.position ?? 0));

type Follower = {
  readonly positions: readonly number[];
  readonly sizes: readonly number[];
  /** Resolves when so many entries have come. */
  readonly until: (count: number) => Promise<void>;
  /** Aborts, waits for the end, and gives the positions of all that came. */
  readonly end: () => Promise<readonly number[]>;
};

/** Follows in the background. */
export const follow = (log: EventLog, options: Omit<FollowOptions, 'signal'> = {}): Follower => {
  const ending = new AbortController();
  const positions: number[] = [];
  const sizes: number[] = [];
  const arrived = new EventTarget();
  const run = async (): Promise<void> => {
    for await (const batch of log.follow({ ...options, signal: ending.signal })) {
      sizes.push(batch.length);
      positions.push(...batch.map(({ position }) => position));
      arrived.dispatchEvent(new Event('batch'));
    }
  };
  const ended = run();
  return {
    positions,
    sizes,
    until: (count) =>
      new Promise((resolve, reject) => {
        const check = (): void => (positions.length >= count ? resolve() : undefined);
        arrived.addEventListener('batch', check);
        ended.catch(reject);
        check();
      }),
    end: async () => {
      ending.abort();
      await ended;
      return positions;
    },
  };
};
