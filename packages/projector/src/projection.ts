/**
 * One event, applied: rows written, and what follows from it for the world outside.
 *
 * Synchronous on purpose: between an event's rows and its announcements nothing else can happen, so a frame always shows
 * the state right after its event.
 */
import type { RecordedEvent } from '@cablehub/events';
import type { LogEntry } from '@cablehub/log';
import { announce, type AnnounceOptions, type Announcement } from './announcement.ts';
import { isDatabaseError } from './database.ts';
import { evolve } from './evolution/evolve.ts';
import type { Evolution, GrantChange } from './evolution/evolution.ts';
import { moveVersion, versioned } from './versions.ts';
import type { ReadViews, Views } from './views.ts';

/** What an event does, and what it tells. */
export type Projections = {
  readonly evolve: (views: ReadViews, event: RecordedEvent) => Evolution;
  readonly announce: typeof announce;
};
export const projections: Projections = { evolve, announce };

export type ProjectOptions = AnnounceOptions & {
  /** Default: those of this hub. */
  readonly projections?: Projections;
};

/** What an event means outside the views. */
export type Consequences = {
  readonly entry: LogEntry;
  readonly grants: readonly GrantChange[];
  readonly announcements: readonly Announcement[];
  readonly outcome: Outcome;
};

export type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'parked'; readonly reason: string }
  /** Its account has had an event of this id before: nothing came of it. */
  | { readonly kind: 'duplicate' };

/**
 * Applies one entry of the log to the views. What cannot be taken is parked with its reason; the rest goes on.
 *
 * An id is used up by the first event that has it, whatever became of that: one that is sent again so late that the log
 * stored it again is a duplicate.
 *
 * An event is taken whole or not at all: when what it tells cannot be made, the rows it wrote are undone as well, so that
 * after a fix a replay takes it in its place like any other.
 */
export const project = (views: Views, entry: LogEntry, options: ProjectOptions): Consequences => {
  const park = (reason: string): Consequences => {
    views.park({ position: entry.position, accountId: entry.accountId, type: entry.type, reason });
    if (entry.type !== 'unreadable') moveVersion(views, entry);
    return { ...nothing, entry, outcome: { kind: 'parked', reason } };
  };
  if (entry.type === 'unreadable') return park(entry.reason);
  if (!views.remember(entry.accountId, entry.id)) {
    moveVersion(views, entry);
    return { ...nothing, entry, outcome: { kind: 'duplicate' } };
  }
  const { evolve: evolveOne, announce: tell } = options.projections ?? projections;
  try {
    const evolution = evolveOne(views, entry);
    if (!evolution.ok) return park(evolution.reason);
    const { writes, grants = [], previousChanges = {} } = evolution;
    const announcements = views.attempt(() => {
      for (const write of versioned(entry, writes)) views.write(write);
      return tell({ views, event: entry, options, previousChanges });
    });
    return { entry, grants, announcements, outcome: { kind: 'taken' } };
  } catch (error) {
    // The file's fault ends the batch; an event that breaks a projection must not end the account.
    if (isDatabaseError(error)) throw error;
    return park(`the projection failed: ${String(error)}`);
  }
};

const nothing = { grants: [], announcements: [] } as const;
