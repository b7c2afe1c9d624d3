/** An account's events as they are recorded, for whoever listens now. */
import type { AccountId } from '@cablehub/events';
import type { EventLog, LogEntry } from '@cablehub/log';
import type { FollowedViews } from '@cablehub/projector';
import { VIEWS_LIMIT_MS } from '../execution/executor.ts';

export type LivePorts = { readonly log: Pick<EventLog, 'follow'>; readonly views: FollowedViews };

export type Listening = {
  readonly accountId: AccountId;
  readonly tell: (entry: LogEntry) => void;
  /** Ends the listening. */
  readonly signal: AbortSignal;
};

/**
 * Tells every entry that the views do not have at the time of the call, once they have it, so that what is asked for next shows it;
 * views that stand still keep nothing back for long. Follows the log by itself: as long as nobody listens, nobody reads. Resolves
 * with the signal. Faults: those of the log, but not its loss.
 */
export const listen = async ({ log, views }: LivePorts, { accountId, tell, signal }: Listening): Promise<void> => {
  for await (const entries of log.follow({ after: views.position(), filter: { accountId }, signal })) {
    await views.waitFor(entries.at(-1)!.position, VIEWS_LIMIT_MS);
    if (!signal.aborted) entries.forEach(tell);
  }
};
