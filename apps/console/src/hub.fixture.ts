/** A hub as its users run it, on free ports, whose api serves the console. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort, { portNumbers } from 'get-port';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export type HubProcess = {
  readonly url: string;
  /** Where its NATS is. */
  readonly natsUrl: () => string;
  /** Runs a command of `hub` beside it, and gives what it printed. */
  readonly run: (...args: readonly string[]) => Promise<string>;
  readonly halt: () => Promise<void>;
  readonly goOn: () => Promise<void>;
  /** Ends it, and removes what it kept. */
  readonly stop: () => Promise<void>;
};

/** Starts it and waits until its api is ready. */
export const startHub = async (): Promise<HubProcess> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-console-'));
  const [port, apiPort] = [await freePort(), await freePort()];
  const start = (...args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [join(root, 'apps/cli/dist/main.js'), ...args], {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        DATA_DIR: dataDir,
        PORT: String(port),
        API_PORT: String(apiPort),
        GATEWAY_DRAIN_MS: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  let hub = start('up');
  await up(hub);
  const halt = async (): Promise<void> => {
    const ended = once(hub, 'close');
    hub.kill('SIGTERM');
    await ended;
  };
  return {
    url: `http://127.0.0.1:${apiPort}`,
    natsUrl: () => (JSON.parse(readFileSync(join(dataDir, 'hub.json'), 'utf8')) as { natsUrl: string }).natsUrl,
    run: async (...args) => {
      const command = start(...args);
      const text = saidBy(command);
      const [code] = (await once(command, 'close')) as [number | null];
      if (code !== 0) throw new Error(`hub ${args.join(' ')} ended with ${code}:\n${text()}`);
      return text();
    },
    halt,
    goOn: async () => {
      hub = start('up');
      await up(hub);
    },
    stop: async () => {
      await halt();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

/** One that no outgoing connection is given, so that it is still free for a hub that goes on. */
const freePort = (): Promise<number> => {
  const from = randomInt(15_000, 25_000);
  return getPort({ port: portNumbers(from, from + 1_000) });
};

const saidBy = (child: ChildProcess): (() => string) => {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return () => said;
};

/** It tells its visitor where it is when everything is up, the demo account too. */
const up = (hub: ChildProcess): Promise<void> => {
  const said = saidBy(hub);
  return new Promise((resolve, reject) => {
    hub.stdout?.on('data', () => {
      if (said().includes('cablehub is up')) resolve();
    });
    hub.once('close', () => reject(new Error(`the hub ended:\n${said()}`)));
  });
};
