/** A nats-server of a specification's own, with what the specification opens on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { connectNats, type NatsLink } from './connection.ts';
import { startNatsServer, type NatsServer } from './nats-server.ts';
import { ensureStorage } from './storage.ts';

export type NatsFixture = {
  readonly dataDir: string;
  readonly server: () => NatsServer;
  /** A new connection, closed with the fixture. */
  readonly link: () => Promise<NatsLink>;
  /** Kills the server without asking it; resolves when the links know. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port and files; resolves when the links are back. */
  readonly restart: () => Promise<void>;
  /** Empties the hub's streams and buckets by making them anew. */
  readonly clear: (link: NatsLink) => Promise<void>;
  readonly close: () => Promise<void>;
};

export const natsFixture = async (): Promise<NatsFixture> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cablehub-nats-'));
  let server = await startNatsServer({ dataDir });
  const port = Number(new URL(server.url).port);
  const links: NatsLink[] = [];
  const untilAll = (isUp: boolean): Promise<void> =>
    vi.waitFor(() => {
      const open = links.filter(({ connection }) => !connection.isClosed());
      if (open.some((link) => link.isUp() !== isUp)) throw new Error(`links are not ${isUp ? 'up' : 'down'}`);
    }, 10_000);
  return {
    dataDir,
    server: () => server,
    link: async () => {
      const link = await connectNats({ url: server.url, name: 'cablehub-spec' });
      links.push(link);
      return link;
    },
    kill: async () => {
      await server.stop('SIGKILL');
      await untilAll(false);
    },
    restart: async () => {
      server = await startNatsServer({ dataDir, port });
      await untilAll(true);
    },
    clear: async (link) => {
      const manager = await link.connection.jetstreamManager();
      for await (const stream of manager.streams.list()) await manager.streams.delete(stream.config.name);
      await ensureStorage(link);
    },
    close: async () => {
      await Promise.all(links.map((link) => link.connection.close()));
      await server.stop('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};
