/** Replays as the hub heard of them, and what the page says of each (pure). */
import { count, short } from '../shell/times.ts';

export type Replay = {
  readonly id: string;
  readonly by: 'replay' | 'verify' | 'projector';
  /** Whose accounts: `0-63` are all. */
  readonly partitions: string;
  /** `silent`: nothing is heard of it any more, though it has not said that it ended. */
  readonly state: 'running' | 'finished' | 'stopped' | 'silent';
  /** Positions: it began after the first, has come to the second, and goes to the third. */
  readonly from: number;
  readonly position: number;
  readonly up_to: number;
  /** Positions. */
  readonly per_second: number;
  /** Unix ms. */
  readonly heard_at: number;
};

const doing: Readonly<Record<Replay['by'], string>> = {
  replay: 'hub replay rebuilds the views',
  verify: 'hub verify rebuilds the views to compare them',
  projector: 'The projector rebuilds views of another version',
};
const done: Readonly<Record<Replay['by'], string>> = {
  replay: 'hub replay rebuilt the views',
  verify: 'hub verify rebuilt the views to compare them',
  projector: 'The projector rebuilt views of another version',
};

const ALL = '0-63';

/** What it does or did, and for whom. */
export const titleOf = ({ by, partitions, state }: Replay): string => {
  const what = state === 'finished' ? done[by] : doing[by];
  return partitions === ALL ? what : `${what}, partitions ${partitions}`;
};

/** From 0 to 1. What is finished is whole, and so is what had nothing to do. */
export const shareOf = ({ state, from, position, up_to: upTo }: Replay): number =>
  state === 'finished' || upTo <= from ? 1 : Math.min(1, (position - from) / (upTo - from));

/** How far it is, how fast, and how long it still takes; or how it ended. */
export const statusOf = (replay: Replay): string => {
  const place = `position ${count(replay.position)}`;
  switch (replay.state) {
    case 'running':
      return `${place} of ${count(replay.up_to)} · ${short(replay.per_second)} a second · ${left(replay)}`;
    case 'finished':
      return `true for ${place} · ${short(replay.per_second)} positions a second`;
    case 'stopped':
      return `ended at ${place} of ${count(replay.up_to)}, before it was done: its own output says why`;
    case 'silent':
      return `nothing is heard of it any more; the last was ${place} of ${count(replay.up_to)}`;
  }
};

const left = ({ position, up_to: upTo, per_second: rate }: Replay): string =>
  rate > 0 ? `${short(Math.ceil(Math.max(0, upTo - position) / rate))} s left` : 'not moving yet';
