/** Idle: what a subscribed socket costs when nothing happens. All at once, since those who wait do not disturb each other. */
import { setTimeout as pause } from 'node:timers/promises';
import { startLoad } from '../load/load.ts';
import type { Line, Stage } from '../scenario.ts';
import { summaryOf } from '../summary.ts';
import { usageDuring, usageOf, type Usage } from '../usage.ts';
import { startTogether } from './beside.ts';
import type { Peer, StartPeer } from './peer.ts';

const SETTLE_MS = 2_000;
/** Three rounds of pings. */
const WATCH_MS = 9_000;

type Cost = { readonly name: string; readonly kilobytes: number; readonly cpuMs: number; readonly usage: Usage };

export const idleLines = async (stage: Stage, starts: readonly StartPeer[]): Promise<readonly Line[]> => {
  if (starts.length === 0) return [];
  // So many that what a server makes once, and the memory of a process that has just been busy, hardly count.
  const sockets = stage.isQuick ? 1_000 : 9_000;
  // Once: a process gives no memory back, so that each round would take new ones, and the figures hardly differ.
  const [hub, ...others] = await costs(stage, starts, sockets);
  return others.flatMap((peer) => {
    const line = (unit: string, figure: (cost: Cost) => number): Line => ({
      of: `${peer.name}: idle, ${sockets.toLocaleString('en')} sockets`,
      unit,
      hub: summaryOf([figure(hub!)]),
      bare: summaryOf([figure(peer)]),
      ratio: summaryOf([figure(hub!) / figure(peer)]),
      reach: { atMost: 1 },
      usage: [hub!.usage, peer.usage],
      notes: [],
    });
    return [line('KB a socket', ({ kilobytes }) => kilobytes), line('CPU ms/s', ({ cpuMs }) => cpuMs)];
  });
};

const costs = async (stage: Stage, starts: readonly StartPeer[], sockets: number): Promise<readonly Cost[]> => {
  const { all, agents, stop } = await startTogether(stage, { starts, apps: ['gateway'], clients: sockets });
  // One each: a process may have 20,000 files open.
  const loads = all.map(() => startLoad());
  try {
    const keepers = all.map(({ processes }) => processes[0]);
    const before = await usageOf(keepers);
    for (const [index, { ways }] of all.entries()) await loads[index]!.ask.connect(ways[0].group(agents));
    await pause(SETTLE_MS);
    const { usage, seconds } = await usageDuring(keepers, () => pause(WATCH_MS));
    return all.map(({ name }: Peer, index) => ({
      name,
      kilobytes: (usage[index]!.memoryBytes - before[index]!.memoryBytes) / sockets / 1_024,
      cpuMs: (usage[index]!.cpuSeconds * 1_000) / seconds,
      usage: usage[index]!,
    }));
  } finally {
    await Promise.all(loads.map(({ program }) => program.stop()));
    await stop();
  }
};
