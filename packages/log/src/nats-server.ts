/**
 * A real nats-server as a child process: for `hub up` on one machine, and for tests.
 *
 * It writes every message through to the disk before it acknowledges it, where the server can (2.10 and later); an older
 * one writes through once a minute, and what it acknowledged in between can be lost with the power of the machine.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import getPort from 'get-port';
import { LogFault } from './fault.ts';

export type NatsServer = {
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  /** True when what it acknowledged survives a loss of power. */
  readonly isWrittenThrough: boolean;
  /** Resolves when the process is gone, wanted or not. */
  readonly exited: Promise<void>;
  /** Asks it to stop and waits; `SIGKILL` does not ask. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
};

export type NatsServerOptions = {
  /** Where JetStream keeps its files, and where the server's configuration is written. */
  readonly dataDir: string;
  /** Listens here on the loopback address; a free port when absent. */
  readonly port?: number;
  /** The program; `nats-server` on the PATH when absent. */
  readonly program?: string;
  /** A configuration file to start it with instead of one of our own; what it says of addresses and ports is overruled. */
  readonly configuration?: string;
  /** Given what the server writes to its log, as it comes. */
  readonly onLog?: (text: string) => void;
};

const START_TIMEOUT_MS = 20_000;

/** Those that still run: when this process ends without having stopped them, nobody else would. */
const running = new Set<ChildProcess>();
const endAll = (): void => {
  for (const child of running) child.kill();
};
const endWithUs = (child: ChildProcess, exited: Promise<void>): void => {
  if (running.add(child).size === 1) process.once('exit', endAll);
  void exited.then(() => {
    if (running.delete(child) && running.size === 0) process.off('exit', endAll);
  });
};

/** Starts a nats-server with JetStream and resolves when it accepts connections. */
export const startNatsServer = async (options: NatsServerOptions): Promise<NatsServer> => {
  const { dataDir, program = 'nats-server' } = options;
  const isWrittenThrough = canWriteThrough(await versionOf(program));
  await mkdir(dataDir, { recursive: true });
  const configured =
    options.configuration === undefined
      ? ['-c', await ownConfiguration({ dataDir, isWrittenThrough })]
      : ['-c', options.configuration, '-m', String(await getPort({ host: '127.0.0.1' }))];
  const port = options.port ?? (await getPort({ host: '127.0.0.1' }));
  // Its own process group: a Ctrl-C at the terminal reaches us alone, and we stop it after everything that needs it.
  const child = spawn(program, ['-a', '127.0.0.1', '-p', String(port), ...configured], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let lastWords = '';
  let isReady = false;
  child.stderr.on('data', (chunk: Buffer) => {
    options.onLog?.(chunk.toString());
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
    // Its own word for it: another program's port would accept us, too.
    isReady ||= lastWords.includes('Server is ready');
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      lastWords = error.message;
      resolve();
    });
  });
  let gone = false;
  void exited.then(() => (gone = true));
  endWithUs(child, exited);

  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!isReady || !(await accepts(port))) {
    if (gone || performance.now() > deadline) {
      if (!gone) child.kill('SIGKILL');
      throw new LogFault('nats_unavailable', `${program} did not start on port ${port}: ${lastWords.trim()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    isWrittenThrough,
    exited,
    stop: async (signal = 'SIGTERM') => {
      if (gone) return;
      child.kill(signal);
      await exited;
    },
  };
};

type Configured = { readonly dataDir: string; readonly isWrittenThrough: boolean };

const ownConfiguration = async (options: Configured): Promise<string> => {
  const path = join(options.dataDir, 'nats-server.conf');
  await writeFile(path, natsConfiguration(options), { mode: 0o600 });
  return path;
};

/** What the server is started with. */
export const natsConfiguration = (options: Configured): string =>
  [
    'jetstream {',
    `  store_dir: ${JSON.stringify(options.dataDir)}`,
    ...(options.isWrittenThrough ? ['  sync_interval: always'] : []),
    '}',
    '',
  ].join('\n');

/** Whether a server of this version, `nats-server: v2.10.27`, knows `sync_interval`. One that says nothing does not. */
export const canWriteThrough = (version: string): boolean => {
  const [, major, minor] = /v(\d+)\.(\d+)\./.exec(version) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);
};

/** What a program says its version is; nothing when it does not start, which starting it will tell. */
const versionOf = (program: string): Promise<string> =>
  promisify(execFile)(program, ['-v'], { timeout: START_TIMEOUT_MS }).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => '',
  );

const accepts = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // not yet
  } finally {
    socket.destroy();
  }
};
