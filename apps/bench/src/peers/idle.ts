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
  // So many that what a server makes once hardly counts.
  const sockets = stage.isQuick ? 1_000 : 3_000;
  const rounds: (readonly Cost[])[] = [];
  for (let round = 0; round < (stage.isQuick ? 1 : 2); round++) rounds.push(await costs(stage, starts, sockets));
  const peers = rounds[0]!.slice(1);
  return peers.flatMap(({ name }, index) => {
    const line = (unit: string, figure: (cost: Cost) => number): Line => ({
      of: `${name}: idle, ${sockets.toLocaleString('en')} sockets`,
      unit,
      hub: summaryOf(rounds.map((round) => figure(round[0]!))),
      bare: summaryOf(rounds.map((round) => figure(round[index + 1]!))),
      ratio: summaryOf(rounds.map((round) => figure(round[0]!) / figure(round[index + 1]!))),
      reach: { atMost: 1 },
      usage: [rounds.at(-1)![0]!.usage, rounds.at(-1)![index + 1]!.usage],
      notes: [],
    });
    return [line('KB a socket', ({ kilobytes }) => kilobytes), line('CPU ms/s', ({ cpuMs }) => cpuMs)];
  });
};

const costs = async (stage: Stage, starts: readonly StartPeer[], sockets: number): Promise<readonly Cost[]> => {
  const { all, agents, stop } = await startTogether(stage, { starts, apps: ['gateway'], clients: sockets });
  const load = startLoad();
  try {
    const keepers = all.map(({ processes }) => processes[0]);
    const before = await usageOf(keepers);
    for (const { ways } of all) await load.ask.connect(ways[0].group(agents));
    await pause(SETTLE_MS);
    const { usage, seconds } = await usageDuring(keepers, () => pause(WATCH_MS));
    return all.map(({ name }: Peer, index) => ({
      name,
      kilobytes: (usage[index]!.memoryBytes - before[index]!.memoryBytes) / sockets / 1_024,
      cpuMs: (usage[index]!.cpuSeconds * 1_000) / seconds,
      usage: usage[index]!,
    }));
  } finally {
    await load.program.stop();
    await stop();
  }
};
