/**
 * The nats-server of a hub on one machine: started with the hub, stopped after everything that needs it, and started again
 * if it dies.
 *
 * Two servers on one folder would damage it, so one that outlived its hub is taken over rather than doubled.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats, startNatsServer, type NatsServer } from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import getPort from 'get-port';
import { isAlive, readRunningHub } from './data-dir.ts';

export type LocalNats = { readonly url: string; readonly stop: () => Promise<void> };

const RESTART_MS = 500;
const USUAL_PORT = 4222;

export type LocalNatsOptions = {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Called with the process id of each server that starts. */
  readonly onStart: (pid: number, url: string) => void;
};

export const startLocalNats = async ({ dataDir, logger, onStart }: LocalNatsOptions): Promise<LocalNats> => {
  const survivor = await survivingServer(dataDir);
  if (survivor !== null) {
    onStart(survivor.pid, survivor.url);
    logger.warn({ pid: survivor.pid }, 'taking over the nats-server of a hub that ended without stopping it');
    return survivor;
  }
  const port = await getPort({ host: '127.0.0.1', port: USUAL_PORT });
  const start = async (): Promise<NatsServer> => {
    const started = await startNatsServer({ dataDir: join(dataDir, 'nats'), port });
    onStart(started.pid, started.url);
    if (!started.isWrittenThrough)
      logger.info(
        'this nats-server is older than 2.10: what it acknowledged last can be lost with the power of the machine',
      );
    return started;
  };
  let server = await start();
  let isStopping = false;

  const keepUp = async (): Promise<void> => {
    while (!isStopping) {
      await server.exited;
      if (isStopping) return;
      logger.error({ pid: server.pid }, 'nats-server ended; starting it again');
      await pause(RESTART_MS);
      server = await start().catch((error: unknown) => {
        logger.error({ err: error }, 'nats-server does not start');
        return server;
      });
    }
  };
  void keepUp();

  return {
    url: server.url,
    stop: async () => {
      isStopping = true;
      await server.stop();
    },
  };
};

const survivingServer = async (dataDir: string): Promise<(LocalNats & { readonly pid: number }) | null> => {
  const last = readRunningHub(dataDir);
  if (last === null || last.natsPid === null || !isAlive(last.natsPid)) return null;
  const { natsPid: pid, natsUrl: url } = last;
  const link = await connectNats({ url, name: 'cablehub-admin' }).catch(() => null);
  if (link === null) return null; // the process id belongs to another program by now
  await link.close();
  return {
    url,
    pid,
    stop: async () => {
      process.kill(pid, 'SIGTERM');
      while (isAlive(pid)) await pause(20);
    },
  };
};
