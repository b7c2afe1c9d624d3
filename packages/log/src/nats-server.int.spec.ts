import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectNats } from './connection.ts';
import { startNatsServer } from './nats-server.ts';

describe('NATS server', () => {
  let dataDir: string;
  beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'cablehub-nats-'))));
  afterEach(async () => rm(dataDir, { recursive: true, force: true }));

  it('accepts connections with JetStream once started, and none once stopped', async () => {
    const server = await startNatsServer({ dataDir });
    const link = await connectNats({ url: server.url, name: 'spec' });
    const manager = await link.connection.jetstreamManager();
    expect(await manager.getAccountInfo()).toMatchObject({ streams: 0 });
    await link.close();
    await server.stop();
    await server.exited;
    await expect(connectNats({ url: server.url, name: 'spec' })).rejects.toMatchObject({ code: 'nats_unavailable' });
  });

  it('can be stopped twice', async () => {
    const server = await startNatsServer({ dataDir });
    await server.stop();
    await server.stop('SIGKILL');
  });

  it('says which program it could not start', async () => {
    const start = startNatsServer({ dataDir, program: 'no-such-nats-server' });
    await expect(start).rejects.toMatchObject({ code: 'nats_unavailable' });
    await expect(start).rejects.toThrow(
      /^no-such-nats-server did not start on port \d+: spawn no-such-nats-server ENOENT/,
    );
  });

  it('refuses a port that another program listens on', async () => {
    const other = await listening();
    const { port } = other.address() as AddressInfo;
    try {
      const start = startNatsServer({ dataDir, port });
      await expect(start).rejects.toMatchObject({ code: 'nats_unavailable' });
      await expect(start).rejects.toThrow(/address already in use/);
    } finally {
      other.close();
    }
  });

  const listening = (): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((socket) => socket.on('error', () => undefined));
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
});

describe('connection', () => {
  it('shows no secret of its URL when it fails', async () => {
    const connecting = connectNats({ url: 'nats://hub:hunter2@127.0.0.1:1', name: 'spec' });
    await expect(connecting).rejects.toThrow('cannot connect to NATS at nats://127.0.0.1:1');
  });
});
