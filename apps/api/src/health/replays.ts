/** The replays that were heard of lately: those under way, and how the last ones ended. */
import type { ReplaySignal } from '@cablehub/log';
import { z } from 'zod';

export const replayNow = z.object({
  id: z.string(),
  by: z.enum(['replay', 'verify', 'projector']).describe('hub replay, hub verify, or a projector by itself'),
  partitions: z.string(),
  state: z
    .enum(['running', 'finished', 'stopped', 'silent'])
    .describe('stopped: ended before it had come to the end; silent: nothing is heard of it any more'),
  from: z.int().describe('the position it began after'),
  position: z.int().describe('the position it has come to'),
  up_to: z.int().describe('the position it goes to'),
  per_second: z.number().describe('positions a second since it began'),
  heard_at: z.int().describe('when it was heard of last: Unix ms'),
});
export type ReplayNow = z.infer<typeof replayNow>;

export type Replays = {
  readonly hear: (signal: ReplaySignal) => void;
  /** Those of the last ten minutes, the newest first. */
  readonly list: () => readonly ReplayNow[];
};

/** Some of its signals, which come twice a second, must have been lost for a replay that goes on to seem silent. */
const SILENT_MS = 5_000;
const KEPT_MS = 10 * 60_000;
const MOST = 20;

type Heard = { readonly signal: ReplaySignal; readonly at: number };

/** `now`: Unix ms; default: the clock. */
export const replaysHeard = (now: () => number = Date.now): Replays => {
  const heard = new Map<string, Heard>();
  return {
    hear: (signal) => {
      heard.set(signal.id, { signal, at: now() });
      for (const id of [...heard.keys()].slice(0, -MOST)) heard.delete(id);
    },
    list: () => {
      for (const [id, { at }] of heard) if (now() - at > KEPT_MS) heard.delete(id);
      return [...heard.values()].map((one) => replayOf(one, now())).toReversed();
    },
  };
};

const replayOf = ({ signal, at }: Heard, now: number): ReplayNow => {
  const { id, by, partitions, state, from, position, upTo, elapsedMs } = signal;
  const perSecond = ((position - from) * 1_000) / Math.max(1, elapsedMs);
  return {
    id,
    by,
    partitions,
    state: state === 'running' && now - at > SILENT_MS ? 'silent' : state,
    from,
    position,
    up_to: upTo,
    per_second: Math.round(perSecond * 10) / 10,
    heard_at: at,
  };
};
