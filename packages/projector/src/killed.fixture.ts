/** Runs a module on the built package in a process of its own, which is killed in the midst of its work. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const built = pathToFileURL(join(import.meta.dirname, '..', 'dist', 'index.js')).href;

/** Starts a module; `built` in it is the address of the package. */
export const startModule = (source: string, args: readonly string[] = []): ChildProcess =>
  spawn(process.execPath, ['--input-type=module', '-', ...args], { stdio: ['pipe', 'pipe', 'inherit'] }).on(
    'spawn',
    function (this: ChildProcess) {
      this.stdin?.end(`const built = ${JSON.stringify(built)};\n${source}`);
    },
  );

/** Waits for the line `ready`. */
export const ready = async (child: ChildProcess): Promise<void> => {
  for await (const chunk of child.stdout!) if (String(chunk).includes('ready')) return;
  throw new Error('it ended before it was ready');
};

export const ended = async (child: ChildProcess): Promise<NodeJS.Signals | number | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
};
