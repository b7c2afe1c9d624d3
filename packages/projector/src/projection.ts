/**
 * One event, applied: rows written, and what follows from it for the world outside.
 *
 * Synchronous on purpose: between an event's rows and its announcements nothing else can happen, so a frame always shows
 * the state right after its event.
 */
import type { LogEntry } from '@cablehub/log';
import { announce, type AnnounceOptions, type Announcement } from './announcement.ts';
import { isDatabaseError } from './database.ts';
import { evolve } from './evolution/evolve.ts';
import type { GrantChange } from './evolution/evolution.ts';
import type { Views } from './views.ts';

/** What an event means outside the views. */
export type Consequences = {
  readonly entry: LogEntry;
  readonly grants: readonly GrantChange[];
  readonly announcements: readonly Announcement[];
  /** Why the event was parked; null: it was taken. */
  readonly parkedFor: string | null;
};

/** Applies one entry of the log to the views. What cannot be taken is parked with its reason; the rest goes on. */
export const project = (views: Views, entry: LogEntry, options: AnnounceOptions): Consequences => {
  const park = (reason: string): Consequences => {
    views.park({ position: entry.position, accountId: entry.accountId, type: entry.type, reason });
    return { entry, grants: [], announcements: [], parkedFor: reason };
  };
  if (entry.type === 'unreadable') return park(entry.reason);
  try {
    const evolution = evolve(views, entry);
    if (!evolution.ok) return park(evolution.reason);
    for (const write of evolution.writes) views.write(write);
    const { grants = [], previousChanges = {} } = evolution;
    const announcements = announce({ views, event: entry, options, previousChanges });
    return { entry, grants, announcements, parkedFor: null };
  } catch (error) {
    // The file's fault ends the batch; an event that breaks a projection must not end the account.
    if (isDatabaseError(error)) throw error;
    return park(`the projection failed: ${String(error)}`);
  }
};
