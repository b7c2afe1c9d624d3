/**
 * Recovery for clients that cannot ask for history: what the hub remembers of the sockets of one identifier (pure).
 *
 * The base protocol has no word for "I had everything up to here", so the hub remembers it for the client: for each socket where
 * it is, and once it is lost, the offset up to which it is *proven* to have received everything. A socket that dies with its
 * gateway proves nothing any more; for those counts the gateway's *floor*, the least any of its sockets had proven.
 *
 * Which of several lost sockets comes back cannot be known: two tabs say the same identifier. So whoever comes back
 * is given everything after the earliest offset on record, and the latest is taken off the record. As many sockets can come
 * back as were lost, and each gets at least what it missed; the repeats are recognised by the official clients, by id and
 * `updated_at`. A socket that still seems to live counts too: its client may have noticed the loss before us.
 *
 * Whoever is given something has not received it yet, and may be lost before: until it has proven to have it, it counts from where
 * that began, whatever its gateway's floor is.
 *
 * What follows the earliest offset may be no longer kept: then it counts for nobody any more, and whoever comes back is given
 * what follows the next one.
 */

import type { Floor, Memory, RememberedSocket } from '@cablehub/log';

/** A gateway that has not said its floor for so long is gone. */
export const GATEWAY_GONE_MS = 10_000;
/** More sockets of one identifier are not remembered; the oldest make room. */
export const MAX_SOCKETS = 50;

export type Arrival = {
  readonly epoch: string;
  readonly socket: string;
  readonly gateway: string;
  /** The lane's offset at the subscribe. */
  readonly offset: number;
  readonly floors: ReadonlyMap<string, Floor>;
  readonly now: number;
};

export type Arrived = {
  /**
   * Everything after the first of these offsets is to be sent again; where that cannot be done, after the next. In order;
   * empty: nothing was missed.
   */
  readonly after: readonly number[];
  readonly memory: Memory;
};

/** A socket subscribes with the identifier. What was missed it has not received yet. */
export const arrive = (memory: Memory | null, arrival: Arrival): Arrived => {
  const { epoch, socket, gateway, offset } = arrival;
  const known = memory?.epoch === epoch ? memory.sockets : [];
  const starts = known.flatMap((one) => [startOf(one, arrival), provenOf(one, arrival)]);
  const after = [...new Set(starts)].filter((proven) => proven < offset).toSorted((a, b) => a - b);
  const [owed] = after;
  const here: RememberedSocket = { socket, gateway, offset, isLost: false };
  const sockets = [...withoutLatestLost(known, arrival), owed === undefined ? here : { ...here, owed }];
  return {
    after,
    memory: { epoch, sockets: sockets.slice(-MAX_SOCKETS) },
  };
};

/** A socket is lost, having proven to have received everything up to an offset. */
export const lose = (memory: Memory, socket: string, offset: number): Memory => ({
  ...memory,
  sockets: memory.sockets.map((one) =>
    one.socket === socket ? { ...one, offset: Math.max(one.offset, offset), isLost: true } : one,
  ),
});

/** A socket has proven to have received what it was given, and everything up to an offset. */
export const settle = (memory: Memory, socket: string, offset: number): Memory => ({
  ...memory,
  sockets: memory.sockets.map((one) => {
    if (one.socket !== socket) return one;
    const { owed: _owed, ...rest } = one;
    return { ...rest, offset: Math.max(one.offset, offset) };
  }),
});

/** A client has unsubscribed: it wants nothing more. */
export const leave = (memory: Memory, socket: string): Memory => ({
  ...memory,
  sockets: memory.sockets.filter((one) => one.socket !== socket),
});

/** What follows an offset cannot be read any more: whoever was lost up to there, or before, waits in vain. */
export const forget = (memory: Memory, upTo: number, known: Known): Memory => ({
  ...memory,
  sockets: memory.sockets
    .filter((one) => !isGone(one, known) || provenOf(one, known) > upTo)
    .map((one) => {
      const { owed, ...rest } = one;
      return owed !== undefined && owed > upTo ? one : rest;
    }),
});

export type Known = Pick<Arrival, 'floors' | 'now'>;

/** From where it needs what follows. */
const startOf = (one: RememberedSocket, known: Known): number => one.owed ?? provenOf(one, known);

/** The same, if what it was told because it was missed is left aside. */
const provenOf = (one: RememberedSocket, { floors }: Known): number =>
  one.isLost ? one.offset : Math.max(one.offset, floors.get(one.gateway)?.offset ?? 0);

const isGone = (one: RememberedSocket, { floors, now }: Known): boolean => {
  const floor = floors.get(one.gateway);
  return one.isLost || floor === undefined || now - floor.at > GATEWAY_GONE_MS;
};

const withoutLatestLost = (sockets: readonly RememberedSocket[], known: Known): readonly RememberedSocket[] => {
  const gone = sockets.filter((one) => isGone(one, known));
  const latest = gone.toSorted((a, b) => startOf(a, known) - startOf(b, known)).at(-1);
  return sockets.filter((one) => one !== latest);
};
