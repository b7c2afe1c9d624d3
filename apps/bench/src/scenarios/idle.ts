/**
 * Idle: what a socket costs that is subscribed and hears nothing, in memory and in processor time for its signs of life.
 *
 * Memory is what the servers keep more once their sockets have come and the garbage of their coming is collected. The resident
 * memory of the processes is told beside it: it grows by young objects and by pages that V8 holds back, which says more of
 * how fast the sockets came than of the sockets. Every measurement has processes of its own.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { admit, agentsOf, type Agent } from '../agents.ts';
import type { BareFanOutTalk } from '../bare/fan-out.ts';
import { startHub, type Hub } from '../hub.ts';
import { COLLECTING, keptBy } from '../kept.ts';
import { bareGroup, cableGroup, startLoad, type Load } from '../load/load.ts';
import { startProgram, type Program } from '../program.ts';
import type { Line, Scenario, Stage } from '../scenario.ts';
import { summaryOf } from '../summary.ts';
import { asking } from '../talk.ts';
import { usageDuring, usageOf, type Usage } from '../usage.ts';

/** As many sockets of one account as there are agents in one. */
const ACCOUNT_SIZE = 1_000;
/** Sockets of one process: fewer than it may have files open. */
const PROCESS_SIZE = 17_000;

export const idle: Scenario = {
  name: 'idle',
  about:
    'Subscribed sockets that hear nothing but pings; bare: as many uWebSockets.js sockets with the same signs of life.',
  play: async function* (stage) {
    const sizes = stage.isQuick ? [2_000] : [10_000, 50_000];
    for (const sockets of sizes) yield* await playSize(stage, sockets);
  },
};

/** The servers that are measured, by their ports, and how their clients say who they are. */
type Side = {
  readonly servers: readonly (Program & { readonly port: number })[];
  readonly group: typeof cableGroup;
  readonly stop: () => Promise<void>;
};
type Cost = {
  /** Of each socket: what is kept, and what the process grew by. */
  readonly kept: number;
  readonly resident: number;
  /** In ms of processor time in a second. */
  readonly cpu: number;
  readonly usage: readonly Usage[];
};
type Open = (agents: readonly Agent[], folder: string) => Promise<Side>;

const playSize = async (stage: Stage, sockets: number): Promise<readonly Line[]> => {
  const [ours, theirs]: [Cost[], Cost[]] = [[], []];
  const runs = stage.isQuick ? 1 : sockets > PROCESS_SIZE ? 2 : Math.min(3, stage.pairs);
  for (let run = 0; run < runs; run++) {
    const sides: readonly { readonly costs: Cost[]; readonly open: Open }[] = [
      { costs: ours, open: openOurs },
      { costs: theirs, open: openTheirs },
    ];
    for (const { costs, open } of run % 2 === 0 ? sides : sides.toReversed())
      costs.push(await costOf({ ...stage, folder: `${stage.folder}/idle-${sockets}-${run}` }, sockets, open));
    stage.say(`  ${sockets} sockets: ${told(ours.slice(-1))} and ${told(theirs.slice(-1))}`);
  }
  const usage = [...ours.at(-1)!.usage, ...theirs.at(-1)!.usage];
  const processes = Math.ceil(sockets / PROCESS_SIZE);
  const of = `${sockets.toLocaleString('en')} sockets, ${processes === 1 ? 'one process' : `${processes} processes`}`;
  return [
    {
      of,
      unit: 'KB a socket over bare',
      hub: summaryOf(ours.map(({ kept }, run) => (kept - theirs[run]!.kept) / 1_000)),
      bare: null,
      ratio: null,
      reach: { atMost: 2.5 },
      usage,
      notes: [`hub ${told(ours)}, bare ${told(theirs)}`],
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

const told = (costs: readonly Cost[]): string => {
  const kilobytes = (bytes: readonly number[]): string => (summaryOf(bytes).median / 1_000).toFixed(1);
  const [kept, resident] = [costs.map((cost) => cost.kept), costs.map((cost) => cost.resident)];
  return `${kilobytes(kept)} KB kept (${kilobytes(resident)} KB resident)`;
};

const costOf = async ({ isQuick, folder }: Stage, sockets: number, open: Open): Promise<Cost> => {
  const agents = Array.from({ length: Math.ceil(sockets / ACCOUNT_SIZE) }, (_, account) =>
    agentsOf(account + 1, ACCOUNT_SIZE, account * ACCOUNT_SIZE),
  ).flat();
  const { servers, group, stop } = await open(agents, folder);
  const loads: Load[] = servers.map(() => startLoad());
  const kept = async (): Promise<number> => sumOf(await Promise.all(servers.map(keptBy)));
  const resident = async (): Promise<number> => sumOf((await usageOf(servers)).map(({ memoryBytes }) => memoryBytes));
  try {
    const before = { resident: await resident(), kept: await kept() };
    const waiting = agents.map(({ identifier }) => identifier);
    const each = Math.ceil(sockets / servers.length);
    await Promise.all(
      servers.map(({ port }, index) => loads[index]!.ask.connect(group(port, waiting.splice(0, each)))),
    );
    // What making them left to be done is done.
    await pause(isQuick ? 2_000 : 10_000);
    const after = { resident: await resident(), kept: await kept() };
    const { usage, seconds } = await usageDuring(servers, () => pause(isQuick ? 6_000 : 30_000));
    return {
      kept: (after.kept - before.kept) / sockets,
      resident: (after.resident - before.resident) / sockets,
      cpu: (sumOf(usage.map(({ cpuSeconds }) => cpuSeconds)) / seconds) * 1_000,
      usage,
    };
  } finally {
    await Promise.all(loads.map(({ program }) => program.stop()));
    await stop();
  }
};

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const processesFor = (agents: readonly Agent[]): number => Math.ceil(agents.length / PROCESS_SIZE);

const openOurs: Open = async (agents, folder) => {
  const hub: Hub = await startHub({ folder, apps: { gateway: processesFor(agents) }, nodeArgs: COLLECTING });
  await admit(hub.link, agents);
  return { servers: hub.apps('gateway'), group: cableGroup, stop: hub.stop };
};

const openTheirs: Open = async (agents) => {
  const servers = await Promise.all(
    Array.from({ length: processesFor(agents) }, async () => {
      const program = startProgram({ name: 'bare', file: 'bare/fan-out', nodeArgs: COLLECTING });
      return { ...program, port: await asking<BareFanOutTalk>(program).port(undefined) };
    }),
  );
  const stop = async (): Promise<void> => void (await Promise.all(servers.map((server) => server.stop())));
  return { servers, group: bareGroup, stop };
};
