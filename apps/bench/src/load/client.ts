/**
 * The process that plays many clients: connects, subscribes, counts frames and keeps the time at which each event had reached everybody.
 *
 * It looks at nothing it need not look at, so that the server is what limits; whoever measures watches whether that is so.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { answerTo } from '../talk.ts';
import { LoadSocket, type Sign } from './socket.ts';

export type Group = {
  readonly port: number;
  readonly path: string;
  readonly subprotocol: string;
  readonly greeting: string;
  readonly confirmation: string;
  /** What each client says: one of them a client. */
  readonly hellos: readonly string[];
  /** How many may be on their way to be served at one time. */
  readonly atOnce: number;
  /** Whether each client keeps how its last frame began, for `starts`. */
  readonly keepsStarts: boolean;
  /** How often each tries to be served before it says that it is turned away. */
  readonly tries: number;
  /** How the server asks for signs of life; null: only as every WebSocket can. */
  readonly sign: Sign | null;
};

export type Connected = {
  /** Names the group from now on. */
  readonly group: number;
  readonly seconds: number;
};

/** When the last client of a group had got a whole number of frames. */
export type Arrivals = {
  /** Of each frame, in the order in which they came, the time at which the last client had it: ms, as `process.hrtime` counts. */
  readonly lastAt: readonly number[];
};

type Member = { socket: LoadSocket | null; frames: number; start: Buffer | null };
type Open = { readonly members: Member[]; lastAt: number[]; count: number[]; ends: number };
type Waiting = { readonly open: Open; readonly frames: number; readonly resolve: () => void };

const groups: Open[] = [];
let waiting: Waiting[] = [];

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

const connect = async (wanted: Group): Promise<Connected> => {
  const open: Open = { members: [], lastAt: [], count: [], ends: 0 };
  const group = groups.push(open) - 1;
  const startedAt = performance.now();
  const hellos = wanted.hellos.values();
  const work = async (): Promise<void> => {
    for (const hello of hellos) await join(open, wanted, hello);
  };
  await Promise.all(Array.from({ length: Math.min(wanted.atOnce, wanted.hellos.length) }, work));
  return { group, seconds: (performance.now() - startedAt) / 1_000 };
};

/** Ports of one address that are used. */
const PORTS = 20_000;
const FIRST_PORT = 10_000;
let opened = 0;

/** Of this process alone: a port that was used is kept from others for a minute. */
const placeOf = (socket: number) => ({
  address: `127.0.${process.pid % 256}.${1 + Math.floor(socket / PORTS)}`,
  port: FIRST_PORT + (socket % PORTS),
});
/** Somebody listens on that port at all addresses. */
const isTaken = (why: string): boolean => why.includes('EADDRINUSE');

const join = async (open: Open, wanted: Group, hello: string): Promise<void> => {
  const member: Member = { socket: null, frames: 0, start: null };
  open.members.push(member);
  for (let tries = 1; ; tries++) {
    const why = await served(open, { ...wanted, hello }, member);
    if (why === null) return;
    if (tries >= wanted.tries && !isTaken(why)) throw new Error(`a client was turned away: ${why}`);
    await pause(AGAIN_MS);
  }
};

const AGAIN_MS = 100;

/** Resolves when the client is served, to null; or to why it is not. */
const served = (open: Open, wanted: Group & { readonly hello: string }, member: Member): Promise<string | null> =>
  new Promise((resolve) => {
    let isServed = false;
    member.socket = new LoadSocket({
      ...wanted,
      from: placeOf(opened++),
      served: () => {
        isServed = true;
        resolve(null);
      },
      heard: (start) => heard(open, member, start),
      ended: (why) => {
        if (isServed) open.ends++;
        else resolve(why);
      },
    });
  });

const heard = (open: Open, member: Member, start: Buffer): void => {
  if (start.length > 0) member.start = start;
  const frame = member.frames++;
  const count = (open.count[frame] ?? 0) + 1;
  open.count[frame] = count;
  if (count < open.members.length) return;
  open.lastAt[frame] = now();
  if (waiting.length > 0) settle();
};

const settle = (): void => {
  const isDue = ({ open, frames }: Waiting): boolean => open.lastAt[frames - 1] !== undefined;
  const due = waiting.filter(isDue);
  if (due.length === 0) return;
  waiting = waiting.filter((one) => !isDue(one));
  for (const { resolve } of due) resolve();
};

const talk = {
  connect,
  /** Resolves when every client of the group has got this many frames since `forget`; gives when that was. */
  everybodyHas: ({ group, frames }: { readonly group: number; readonly frames: number }): Promise<number> => {
    const open = groups[group]!;
    return new Promise((resolve) => {
      waiting.push({ open, frames, resolve: () => resolve(open.lastAt[frames - 1] ?? 0) });
      settle();
    });
  },
  arrivals: (group: number): Arrivals => ({ lastAt: groups[group]!.lastAt }),
  /** How the last frame of each client began, in the order of the hellos when they came one by one. */
  starts: (group: number): readonly string[] => groups[group]!.members.map(({ start }) => start?.toString() ?? ''),
  /** The fewest and the most frames that any client of the group has got. */
  counts: (group: number): { readonly least: number; readonly most: number } => {
    const counts = groups[group]!.members.map(({ frames }) => frames);
    return { least: Math.min(...counts), most: Math.max(...counts) };
  },
  /** Counts anew. Gives how many clients were ended by the other side since. */
  forget: (group: number): number => {
    const open = groups[group]!;
    for (const member of open.members) member.frames = 0;
    const { ends } = open;
    Object.assign(open, { lastAt: [], count: [], ends: 0 });
    return ends;
  },
  /** Cuts all sockets of a group at once. */
  cut: (group: number): void => {
    for (const { socket } of groups[group]!.members) socket?.cut();
    groups[group]!.members.length = 0;
  },
};

export type LoadTalk = typeof talk;

answerTo(talk);
