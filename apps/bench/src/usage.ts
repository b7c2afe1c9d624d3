/** What processes use while something is measured. */
import { setTimeout as pause } from 'node:timers/promises';
import pidusage from 'pidusage';

/** A process that is watched. */
export type Watched = { readonly name: string; readonly pid: number };

export type Usage = {
  readonly name: string;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  /** Resident memory at the end, in bytes. */
  readonly memoryBytes: number;
};

export type Used<T> = { readonly result: T; readonly seconds: number; readonly usage: readonly Usage[] };

/** Does some work, and says how long it took and what each process used meanwhile. */
export const usageDuring = async <T>(processes: readonly Watched[], work: () => Promise<T>): Promise<Used<T>> => {
  const before = await usageOf(processes);
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await usageOf(processes);
  const usage = after.map((now, index) => ({ ...now, cpuSeconds: now.cpuSeconds - before[index]!.cpuSeconds }));
  return { result, seconds, usage };
};

/** What each process has used since its start. */
export const usageOf = async (processes: readonly Watched[]): Promise<readonly Usage[]> =>
  Promise.all(
    processes.map(async ({ name, pid }) => {
      const { ctime, memory } = await pidusage(pid);
      return { name, cpuSeconds: ctime / 1_000, memoryBytes: memory };
    }),
  );

export type Sample = { readonly atMs: number; readonly cpuSeconds: number; readonly memoryBytes: number };

/** Looks at a process from now on until `stop`, or until it ends. */
export const samplesOf = ({ pid }: Watched, everyMs = 100): { readonly stop: () => readonly Sample[] } => {
  const samples: Sample[] = [];
  const look = async (): Promise<void> => {
    const { ctime, memory } = await pidusage(pid);
    samples.push({ atMs: performance.now(), cpuSeconds: ctime / 1_000, memoryBytes: memory });
  };
  const timer = setInterval(() => void look().catch(() => clearInterval(timer)), everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return samples;
    },
  };
};

/** Less than this share of a core is none. */
const IDLE = 0.03;
const LOOK_MS = 250;
const PATIENCE_MS = 120_000;

/** Resolves when none of the processes has anything left to do. Faults: an error when they never rest. */
export const untilIdle = async (processes: readonly Watched[]): Promise<void> => {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const { usage, seconds } = await usageDuring(processes, () => pause(LOOK_MS));
    if (usage.every(({ cpuSeconds }) => cpuSeconds / seconds < IDLE)) return;
  }
  throw new Error(`${processes.map(({ name }) => name).join(', ')} did not come to rest`);
};
