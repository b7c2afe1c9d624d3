/**
 * The hub as processes: nats-server and each app alone, two gateways; a supervisor starts again what dies.
 *
 * Everything listens on the loopback address, keeps its files in one temporary folder and is ended by `stop`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats, ensureStorage, startNatsServer, type NatsServer } from '@cablehub/log';
import getPort from 'get-port';
import { openDisk, type Disk } from './disk.ts';

export const appNames = ['gateway 1', 'gateway 2', 'projector', 'presence', 'api'] as const;
export type AppName = (typeof appNames)[number];
export type ProcessName = AppName | 'nats-server';
export const processNames: readonly ProcessName[] = [...appNames, 'nats-server'];

export const API_TOKEN = 'fault-suite-api-token';

export type World = {
  readonly natsUrl: string;
  readonly apiUrl: string;
  readonly gatewayPorts: readonly number[];
  /** `kill -9`; the supervisor starts it again. */
  readonly kill: (name: ProcessName) => Promise<void>;
  /** `SIGSTOP`, until the answer is called. */
  readonly freeze: (name: ProcessName) => () => void;
  /** Resolves when everything is up and says so. Faults: an error that names what is not, after the limit. */
  readonly ready: (limitMs: number) => Promise<void>;
  /** The projector's disk, when it can be filled. */
  readonly disk: Disk | null;
  /** How many lines of the projector's log hold a text. */
  readonly complaints: (text: string) => number;
  /** The last lines of each app's log. */
  readonly lastWords: () => readonly string[];
  readonly stop: () => Promise<void>;
};

const root = fileURLToPath(new URL('../../..', import.meta.url));
const RESTART_MS = 200;
const POLL_MS = 100;

export type WorldOptions = {
  /** The `PATH` of what is started. */
  readonly path: string;
};

export const startWorld = async ({ path }: WorldOptions): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), 'cablehub-faults-'));
  const [natsPort, apiPort, ...gatewayPorts] = await freePorts(4);
  const dataDir = (name: string): string => join(folder, name.replace(' ', '-'));
  for (const name of processNames) mkdirSync(dataDir(name));
  const disk = openDisk(dataDir('projector'));

  const startNats = (): Promise<NatsServer> => startNatsServer({ dataDir: dataDir('nats-server'), port: natsPort! });
  let nats = await startNats();
  await setUp(nats.url);
  let isStopping = false;

  const environment = (name: AppName): Record<string, string> => ({
    PATH: path,
    HOST: '127.0.0.1',
    NATS_URL: nats.url,
    DATA_DIR: dataDir(name),
    PORT: String(gatewayPorts[name === 'gateway 2' ? 1 : 0]),
    API_PORT: String(apiPort),
    API_TOKENS: API_TOKEN,
    GATEWAY_DRAIN_MS: '50',
    LOG_LEVEL: 'warn',
  });
  const apps = new Map<AppName, ChildProcess>();
  const words = new Map<AppName, string>();
  const complaints: string[] = [];
  const startApp = (name: AppName): void => {
    if (isStopping) return;
    const program = join(root, 'apps', name.split(' ')[0]!, 'dist/main.js');
    // Its own process group: a Ctrl-C at the terminal reaches the suite alone.
    const child = spawn(process.execPath, [program], {
      env: environment(name),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => {
      words.set(name, `${words.get(name) ?? ''}${chunk.toString()}`.slice(-LAST_WORDS));
      if (name === 'projector') complaints.push(...chunk.toString().split('\n'));
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('exit', () => setTimeout(() => startApp(name), RESTART_MS));
    apps.set(name, child);
  };
  for (const name of appNames) startApp(name);

  const pidOf = (name: ProcessName): number => (name === 'nats-server' ? nats.pid : (apps.get(name)?.pid ?? 0));
  const isUp = async (name: AppName): Promise<boolean> => {
    const child = apps.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return false;
    const port = { 'gateway 1': gatewayPorts[0], 'gateway 2': gatewayPorts[1], api: apiPort }[name as string];
    if (port === undefined) return true;
    const signal = AbortSignal.timeout(1_000);
    return fetch(`http://127.0.0.1:${port}/health/ready`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  };

  /** Nothing is left behind, whatever ends the suite. */
  const atExit = (): void => {
    for (const child of apps.values()) child.kill('SIGKILL');
    signalTo(nats.pid, 'SIGKILL');
    disk?.close();
  };
  process.once('exit', atExit);

  const stop = async (): Promise<void> => {
    isStopping = true;
    process.off('exit', atExit);
    const gone = [...apps.values()].map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once('exit', () => resolve());
          child.kill('SIGKILL');
        }),
    );
    await Promise.all(gone);
    await nats.stop('SIGKILL');
    disk?.close();
    rmSync(folder, { recursive: true, force: true });
  };

  return {
    natsUrl: nats.url,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    gatewayPorts,
    kill: async (name) => {
      if (name !== 'nats-server') return void apps.get(name)?.kill('SIGKILL');
      await nats.stop('SIGKILL');
      await pause(RESTART_MS);
      if (!isStopping) nats = await startNats();
    },
    freeze: (name) => {
      const pid = pidOf(name);
      signalTo(pid, 'SIGSTOP');
      return () => signalTo(pid, 'SIGCONT');
    },
    ready: async (limitMs) => {
      const deadline = Date.now() + limitMs;
      for (;;) {
        const up = await Promise.all(appNames.map(isUp));
        const down = appNames.filter((_, index) => !up[index]);
        if (down.length === 0) return;
        if (Date.now() > deadline)
          throw new Error(`not up: ${down.map((name) => `${name}\n${words.get(name) ?? ''}`).join('\n')}`);
        await pause(POLL_MS);
      }
    },
    disk,
    complaints: (text) => complaints.filter((line) => line.includes(text)).length,
    lastWords: () =>
      [...words].flatMap(([name, said]) =>
        said
          .trim()
          .split('\n')
          .slice(-LAST_LINES)
          .map((line) => `${name}: ${line.slice(0, LINE)}`),
      ),
    stop,
  };
};

const LAST_WORDS = 20_000;
const LAST_LINES = 5;
const LINE = 400;

/** Streams and buckets, which apps on their own only wait for. */
const setUp = async (url: string): Promise<void> => {
  const link = await connectNats({ url, name: 'cablehub-faults' });
  await ensureStorage(link);
  await link.close();
};

/** It may be gone meanwhile, killed by another fault. */
const signalTo = (pid: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

const freePorts = async (count: number): Promise<readonly number[]> => {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await getPort({ host: '127.0.0.1', exclude: ports }));
  return ports;
};
