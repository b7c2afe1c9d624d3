import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectNats } from './connection.ts';
import { jetStreamLog } from './jetstream-log.ts';
import { idsIn, team } from './log.fixture.ts';
import { canWriteThrough, natsConfiguration, startNatsServer } from './nats-server.ts';
import { ensureStorage } from './storage.ts';

const run = promisify(execFile);

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

  it('ends with the process that started it and has not stopped it', async () => {
    const built = new URL('../dist/index.js', import.meta.url).href;
    const program = `
      import { startNatsServer } from ${JSON.stringify(built)};
      const { url } = await startNatsServer({ dataDir: ${JSON.stringify(dataDir)} });
      process.stdout.write(url);
      process.exit(0);
    `;
    const { stdout: url } = await run(process.execPath, ['--input-type=module', '-e', program]);
    expect(url).toMatch(/^nats:/);
    await vi.waitFor(
      () => expect(connectNats({ url, name: 'spec' })).rejects.toMatchObject({ code: 'nats_unavailable' }),
      {
        timeout: 5_000,
      },
    );
  }, 15_000);

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

  it('keeps what it has acknowledged when it is killed right afterwards', async () => {
    const first = await startNatsServer({ dataDir });
    const link = await connectNats({ url: first.url, name: 'spec' });
    await ensureStorage(link);
    const results = await jetStreamLog(link).append(Array.from({ length: 500 }, (_, id) => ({ event: team(id + 1) })));
    await first.stop('SIGKILL');
    await link.connection.close();
    expect(results.filter(({ ok }) => ok)).toHaveLength(500);

    const second = await startNatsServer({ dataDir });
    const again = await connectNats({ url: second.url, name: 'spec' });
    expect(await idsIn(jetStreamLog(again))).toEqual(Array.from({ length: 500 }, (_, id) => id + 1));
    await again.close();
    await second.stop();
  });

  it('reads a configuration that only its owner may read', async () => {
    const server = await startNatsServer({ dataDir });
    const file = join(dataDir, 'nats-server.conf');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).includes('sync_interval: always')).toBe(server.isWrittenThrough);
    await server.stop();
  });

  it.each([
    ['nats-server: v2.9.10', false],
    ['nats-server: v2.10.0', true],
    ['nats-server: v2.15.1', true],
    ['nats-server: v3.0.0-preview', true],
    ['', false],
  ])('of %j writes through to the disk: %s', (version, can) => {
    expect(canWriteThrough(version)).toBe(can);
  });

  it('is told to write through, and where, whatever the folder is called', () => {
    expect(natsConfiguration({ dataDir: '/a "b"', isWrittenThrough: true })).toBe(
      'jetstream {\n  store_dir: "/a \\"b\\""\n  sync_interval: always\n}\n',
    );
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
