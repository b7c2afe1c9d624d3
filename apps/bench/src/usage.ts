/** What processes use while something is measured. */
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
