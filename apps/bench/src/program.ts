/** Processes of the benchmark: started, spoken to, and ended for certain. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Watched } from './usage.ts';

export type ProgramOptions = {
  readonly name: string;
  /** Beside this file, without its ending: `load/client`; or an absolute path. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
};

export type Program = Watched & {
  readonly child: ChildProcess;
  /** The end of what it wrote, for when it fails. */
  readonly lastWords: () => string;
  readonly stop: () => Promise<void>;
};

const WORDS = 4_000;
const STOP_MS = 5_000;
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a Node program. With `lastWords` it tells why it failed. */
export const startProgram = ({ name, file, args = [], environment = {}, nodeArgs = [] }: ProgramOptions): Program =>
  watchOver(
    name,
    spawn(process.execPath, [...nodeArgs, pathOf(file), ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    }),
  );

export type CommandOptions = {
  readonly name: string;
  /** An absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where it runs. */
  readonly folder: string;
};

/** Starts a program that is not Node's: it cannot be asked anything. */
export const startCommand = ({ name, command, args, environment, folder }: CommandOptions): Program =>
  watchOver(name, spawn(command, args, { env: environment, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }));

const watchOver = (name: string, child: ChildProcess): Program => {
  running.add(child);
  let words = '';
  const keep = (chunk: Buffer): void => void (words = `${words}${chunk.toString()}`.slice(-WORDS));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const ended = once(child, 'exit').then(() => void running.delete(child));
  return {
    name,
    pid: child.pid ?? 0,
    child,
    lastWords: () => words,
    stop: async () => {
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(limit);
    },
  };
};

const pathOf = (file: string): string =>
  file.startsWith('/') ? file : fileURLToPath(new URL(`./${file}.js`, import.meta.url));
