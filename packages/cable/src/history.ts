/** What a client asks to be told that it missed: `{"since": 1700000000, "streams": {"<stream_id>": {"offset", "epoch"}}}`. */
import { isObject } from './json.ts';

/** The last frame of a stream that a client has. */
export type StreamPlace = { readonly streamId: string; readonly epoch: string; readonly offset: number };

export type HistoryAsked =
  | {
      readonly kind: 'asked';
      /** Unix seconds; for streams without a place. Null: only what has a place. */
      readonly since: number | null;
      readonly streams: readonly StreamPlace[];
    }
  /** Something is asked for, and it cannot be said what. */
  | { readonly kind: 'malformed' };

const malformed: HistoryAsked = { kind: 'malformed' };

/** Decodes `history`. Never throws; what does not read as a question is `malformed`, not nothing. */
export const decodeHistory = (history: unknown): HistoryAsked => {
  if (history === undefined || history === null) return { kind: 'asked', since: null, streams: [] };
  if (!isObject(history)) return malformed;
  const since = timeIn(history.since);
  const streams = placesIn(history.streams ?? {});
  return since === undefined || streams === null ? malformed : { kind: 'asked', since, streams };
};

/** Unix seconds; null: no time. The stock client says `false` when it is told to ask for none. */
const timeIn = (since: unknown): number | null | undefined => {
  if (since === undefined || since === null || since === false || since === 0) return null;
  return typeof since === 'number' && since > 0 && since <= MAX_SECONDS ? since : undefined;
};

/** The last second that a `Date` can tell. */
const MAX_SECONDS = 8_640_000_000_000;

const placesIn = (streams: unknown): readonly StreamPlace[] | null => {
  if (!isObject(streams)) return null;
  const places = Object.entries(streams).map(([streamId, place]) => placeIn(streamId, place));
  return places.every((place) => place !== null) ? places : null;
};

const placeIn = (streamId: string, place: unknown): StreamPlace | null => {
  if (!isObject(place)) return null;
  const { epoch, offset } = place;
  if (typeof epoch !== 'string' || typeof offset !== 'number') return null;
  return Number.isSafeInteger(offset) && offset >= 0 ? { streamId, epoch, offset } : null;
};
