/** A hub as its users run it: the built command line in processes of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = join(root, 'apps/cli/dist/main.js');

export type Finished = { readonly code: number | null; readonly out: string; readonly err: string };

export type Process = {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly finished: Promise<Finished>;
  /** Waits until its output holds a text; rejects when it ends without, with what it said. */
  readonly said: (text: string) => Promise<void>;
};

const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>>): Process => {
  const child = spawn(command, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // What is killed while it is being fed takes no more; how it ended is told by `finished`.
  child.stdin.on('error', () => undefined);
  let [out, err] = ['', ''];
  const listeners = new Set<() => void>();
  const keep = (add: (text: string) => void) => (chunk: Buffer) => {
    add(chunk.toString());
    for (const listener of listeners) listener();
  };
  child.stdout.on(
    'data',
    keep((text) => (out += text)),
  );
  child.stderr.on(
    'data',
    keep((text) => (err += text)),
  );
  const finished = new Promise<Finished>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return {
    child,
    out: () => out,
    err: () => err,
    finished,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!out.includes(text) && !err.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void finished.then(() => reject(new Error(`it ended without saying ${text}:\n${out}\n${err}`)));
      }),
  };
};

/** A folder and ports for one hub. Commands run in it know the hub by their environment, as a user's shell would. */
export const place = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-'));
  const [port, apiPort] = [await getPort(), await getPort()];
  const env = { DATA_DIR: dataDir, PORT: String(port), API_PORT: String(apiPort), GATEWAY_DRAIN_MS: '0' };
  const started: Process[] = [];
  const keep = (process: Process): Process => {
    started.push(process);
    return process;
  };
  return {
    dataDir,
    port,
    apiPort,
    /** `hub …`, and whatever it starts. */
    hub: (args: readonly string[], more: Readonly<Record<string, string>> = {}): Process =>
      keep(run(process.execPath, [program, ...args], { ...env, ...more })),
    script: (name: string, args: readonly string[] = []): Process =>
      keep(run(process.execPath, [join(root, 'scripts', name), ...args], env)),
    example: (name: string, more: Readonly<Record<string, string>>): Process =>
      keep(run('bash', [join(root, 'examples', name)], { ...env, ...more })),
    remove: async (): Promise<void> => {
      for (const { child } of started) child.kill('SIGTERM');
      await Promise.all(started.map(({ finished }) => finished));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
export type Place = Awaited<ReturnType<typeof place>>;
