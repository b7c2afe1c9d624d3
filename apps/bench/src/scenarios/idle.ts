/**
 * Idle: what a socket costs that is subscribed and hears nothing, in memory and in processor time for its signs of life.
 *
 * Memory is what the processes grow by from half of the sockets to all of them, with the garbage of their coming collected:
 * what a process takes once, for compiled code and for its young objects, is in both. Every measurement has processes of its own,
 * because one that shrinks again does not say so.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { admit, agentsOf, type Agent } from '../agents.ts';
import type { BareFanOutTalk } from '../bare/fan-out.ts';
import { startHub, type Hub } from '../hub.ts';
import { bareGroup, cableGroup, startLoad, type Load } from '../load/load.ts';
import { startProgram } from '../program.ts';
import type { Line, Scenario, Stage } from '../scenario.ts';
import { summaryOf } from '../summary.ts';
import { asking } from '../talk.ts';
import { usageDuring, usageOf, type Usage, type Watched } from '../usage.ts';

/** As many sockets of one account as there are agents in one. */
const ACCOUNT_SIZE = 1_000;
/** Sockets of one process: fewer than it may have files open. */
const PROCESS_SIZE = 17_000;

export const idle: Scenario = {
  name: 'idle',
  about: 'Subscribed sockets that hear nothing but pings; bare: as many uWebSockets.js sockets with the same ping.',
  play: async (stage) => {
    const sizes = stage.isQuick ? [5_000] : [10_000, 50_000];
    const lines: Line[] = [];
    for (const sockets of sizes) lines.push(...(await playSize(stage, sockets)));
    return lines;
  },
};

/** The servers that are measured, by their ports, and how their clients say who they are. */
type Side = {
  readonly servers: readonly (Watched & { readonly port: number })[];
  readonly group: typeof cableGroup;
  readonly stop: () => Promise<void>;
};
type Cost = { readonly bytes: number; readonly cpu: number; readonly usage: readonly Usage[] };

const playSize = async (stage: Stage, sockets: number): Promise<readonly Line[]> => {
  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  const runs = stage.isQuick ? 1 : sockets > PROCESS_SIZE ? 2 : Math.min(3, stage.pairs);
  for (let run = 0; run < runs; run++) {
    const sides = [
      { costs: ours, open: (agents: readonly Agent[]) => ourSide(`${stage.folder}/idle-${sockets}-${run}`, agents) },
      { costs: theirs, open: theirSide },
    ];
    for (const { costs, open } of run % 2 === 0 ? sides : sides.toReversed())
      costs.push(await costOf(stage, sockets, open));
    stage.say(
      `  ${sockets} sockets: ${ours.at(-1)!.bytes.toFixed(0)} and ${theirs.at(-1)!.bytes.toFixed(0)} bytes each`,
    );
  }
  const usage = [...ours.at(-1)!.usage, ...theirs.at(-1)!.usage];
  const of = `${sockets.toLocaleString('en')} sockets, ${Math.ceil(sockets / PROCESS_SIZE)} process(es)`;
  const over = ours.map(({ bytes }, run) => (bytes - theirs[run]!.bytes) / 1_000);
  const inKilobytes = (costs: readonly Cost[]): string =>
    (summaryOf(costs.map(({ bytes }) => bytes)).median / 1_000).toFixed(1);
  return [
    {
      of,
      unit: 'KB a socket over bare',
      hub: summaryOf(over),
      bare: null,
      ratio: null,
      reach: { atMost: 2.5 },
      usage,
      notes: [`hub ${inKilobytes(ours)} KB, bare ${inKilobytes(theirs)} KB`],
    },
    {
      of,
      unit: 'CPU ms/s of pings',
      hub: summaryOf(ours.map(({ cpu }) => cpu)),
      bare: summaryOf(theirs.map(({ cpu }) => cpu)),
      ratio: summaryOf(ours.map(({ cpu }, run) => cpu / theirs[run]!.cpu)),
      reach: { atMost: 1.3 },
      usage,
      notes: [],
    },
  ];
};

const costOf = async (
  { isQuick }: Stage,
  sockets: number,
  open: (agents: readonly Agent[]) => Promise<Side>,
): Promise<Cost> => {
  const agents = Array.from({ length: Math.ceil(sockets / ACCOUNT_SIZE) }, (_, account) =>
    agentsOf(account + 1, ACCOUNT_SIZE, account * ACCOUNT_SIZE),
  ).flat();
  const { servers, group, stop } = await open(agents);
  const loads: Load[] = servers.map(() => startLoad());
  try {
    const waiting = agents.map(({ identifier }) => identifier);
    const connect = async (each: number): Promise<void> => {
      await Promise.all(
        servers.map(({ port }, index) => loads[index]!.ask.connect(group(port, waiting.splice(0, each)))),
      );
    };
    const half = Math.floor(sockets / servers.length / 2);
    await connect(half);
    await pause(isQuick ? 2_000 : 5_000);
    await cleaned(servers);
    const before = memoryOf(await usageOf(servers));
    await connect(half);
    // What making them left behind is gone, and the first signs of life were given.
    await pause(isQuick ? 5_000 : 20_000);
    const { usage, seconds } = await usageDuring(servers, () => pause(isQuick ? 6_000 : 15_000));
    await cleaned(servers);
    const after = memoryOf(await usageOf(servers));
    const cpuSeconds = usage.reduce((sum, one) => sum + one.cpuSeconds, 0);
    return { bytes: (after - before) / (half * servers.length), cpu: (cpuSeconds / seconds) * 1_000, usage };
  } finally {
    await Promise.all(loads.map(({ program }) => program.stop()));
    await stop();
  }
};

/** What connecting left behind would be collected some day; a server that is asked to collects it now. */
const COLLECTING = ['--expose-gc', '--import', new URL('../collecting.js', import.meta.url).href] as const;
const COLLECTED_MS = 1_000;
const cleaned = async (servers: readonly Watched[]): Promise<void> => {
  for (const { pid } of servers) process.kill(pid, 'SIGUSR2');
  await pause(COLLECTED_MS);
};

const memoryOf = (usage: readonly Usage[]): number => usage.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);

const processesFor = (agents: readonly Agent[]): number => Math.ceil(agents.length / PROCESS_SIZE);

const ourSide = async (folder: string, agents: readonly Agent[]): Promise<Side> => {
  const hub: Hub = await startHub({ folder, apps: { gateway: processesFor(agents) }, nodeArgs: COLLECTING });
  await admit(hub.link, agents);
  return { servers: hub.apps('gateway'), group: cableGroup, stop: hub.stop };
};

const theirSide = async (agents: readonly Agent[]): Promise<Side> => {
  const servers = await Promise.all(
    Array.from({ length: processesFor(agents) }, async () => {
      const program = startProgram({ name: 'bare', file: 'bare/fan-out', nodeArgs: COLLECTING });
      return { ...program, port: await asking<BareFanOutTalk>(program).port(undefined) };
    }),
  );
  const stop = async (): Promise<void> => void (await Promise.all(servers.map((server) => server.stop())));
  return { servers, group: bareGroup, stop };
};
