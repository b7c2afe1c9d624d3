/** Streams as clients of the extended protocol know them, and what they ask of one (pure but for the digest). */
import { hash } from 'node:crypto';
import type { HistoryAsked, Stream } from '@cablehub/cable';
import type { AccountId } from '@cablehub/events';
import type { HistoryStart, Lane } from '@cablehub/log';
import type { ResumeRefusal } from './outcomes.ts';

/**
 * Names the lane of one subscription: the same on every gateway and in every epoch, and it tells nothing. Each
 * identifier has its own, because a client keeps one place per name: two subscriptions of one lane are told what
 * they missed at different times, and for different audiences.
 */
export const streamIdOf = (account: AccountId, lane: Lane, identifier: string): string =>
  hash('sha256', `${account}.${lane} ${identifier}`, 'base64url').slice(0, 22);

export type Asked =
  { readonly ok: true; readonly start: HistoryStart | null } | { readonly ok: false; readonly reason: ResumeRefusal };

/**
 * How far the time of a client's last ping may be from what it had then: a gateway learns of a lost connection to NATS
 * some seconds late, and the time is of the client's clock.
 */
const DOUBT_MS = 10 * 60_000;

/**
 * Where to begin. A place in the stream is exact. The time is that of the client's last ping, which comes behind all that was
 * told: it counts where there is no place, or where the place is older than all that is kept. Null: nothing is wanted.
 */
export const startOf = (history: HistoryAsked, stream: Stream): Asked => {
  if (history.kind === 'malformed') return { ok: false, reason: 'malformed' };
  const [place, ...more] = history.streams;
  if (more.length > 0 || (place !== undefined && place.streamId !== stream.streamId))
    return { ok: false, reason: 'unknown_stream' };
  if (place === undefined) return { ok: true, start: history.since === null ? null : { since: history.since * 1_000 } };
  if (place.epoch !== stream.epoch) return { ok: false, reason: 'foreign_epoch' };
  const toldUntil = history.since === null ? undefined : history.since * 1_000 - DOUBT_MS;
  return { ok: true, start: { after: place.offset, toldUntil } };
};
