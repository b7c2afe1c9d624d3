/** A real nats-server as a child process: for `hub up` on one machine, and for tests. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { once } from 'node:events';
import getPort from 'get-port';
import { LogFault } from './fault.ts';

export type NatsServer = {
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone, wanted or not. */
  readonly exited: Promise<void>;
  /** Asks it to stop and waits; `SIGKILL` does not ask. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
};

export type NatsServerOptions = {
  /** Where JetStream keeps its files. */
  readonly dataDir: string;
  /** Listens here on the loopback address; a free port when absent. */
  readonly port?: number;
  /** The program; `nats-server` on the PATH when absent. */
  readonly program?: string;
};

const START_TIMEOUT_MS = 20_000;

/** Starts a nats-server with JetStream and resolves when it accepts connections. */
export const startNatsServer = async (options: NatsServerOptions): Promise<NatsServer> => {
  const { dataDir, program = 'nats-server' } = options;
  const port = options.port ?? (await getPort({ host: '127.0.0.1' }));
  // Its own process group: a Ctrl-C at the terminal reaches us alone, and we stop it after everything that needs it.
  const child = spawn(program, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', dataDir], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let lastWords = '';
  let isReady = false;
  child.stderr.on('data', (chunk: Buffer) => {
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
    exited,
    stop: async (signal = 'SIGTERM') => {
      if (gone) return;
      child.kill(signal);
      await exited;
    },
  };
};

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
