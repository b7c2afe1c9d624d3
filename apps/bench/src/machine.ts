/** What it was measured on. */
import { cpus, release, totalmem, type } from 'node:os';

export type Machine = {
  readonly description: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
};

export const machineOf = (): Machine => {
  const cores = cpus();
  const memoryBytes = totalmem();
  const node = process.versions.node;
  const description =
    `${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${Math.round(memoryBytes / 2 ** 30)} GB, ` +
    `${type()} ${release()}, Node ${node}`;
  return { description, cores: cores.length, memoryBytes, node };
};
