import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startProxy, type Proxy } from './proxy.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Says its name to whoever connects, then repeats what it hears. */
const startEcho = async (name: string) => {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(name);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
};

const open = (proxy: Proxy) => {
  const socket = connect(proxy.port, '127.0.0.1');
  let heard = '';
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  closing.push(() => socket.destroy());
  return { socket, heard: () => heard, isClosed: () => isClosed };
};

const start = async (...names: readonly string[]) => {
  const echoes = await Promise.all(names.map(startEcho));
  const proxy = await startProxy(echoes.map(({ port }) => port));
  closing.push(proxy.close);
  return { proxy, echoes };
};

describe('a network', () => {
  it('carries both ways, and the end of one side ends the other', async () => {
    const { proxy, echoes } = await start('one ');
    const client = open(proxy);
    client.socket.write('hello');
    await vi.waitFor(() => expect(client.heard()).toBe('one hello'), 10_000);
    echoes[0]!.sockets[0]!.destroy();
    await vi.waitFor(() => expect(client.isClosed()).toBe(true), 10_000);
  });

  it('takes the next gateway when one does not answer, and the other one first when it is turned', async () => {
    const { proxy } = await start('one ', 'two ');
    proxy.turn();
    const client = open(proxy);
    await vi.waitFor(() => expect(client.heard()).toBe('two '), 10_000);

    const { echoes } = await start('three ');
    const gone = await startProxy([1, echoes[0]!.port]);
    closing.push(gone.close);
    const other = open(gone);
    await vi.waitFor(() => expect(other.heard()).toBe('three '), 10_000);
  });

  it('cuts what there is and takes new connections', async () => {
    const { proxy } = await start('one ');
    const client = open(proxy);
    await vi.waitFor(() => expect(client.heard()).toBe('one '), 10_000);
    proxy.cut();
    await vi.waitFor(() => expect(client.isClosed()).toBe(true), 10_000);
    const next = open(proxy);
    await vi.waitFor(() => expect(next.heard()).toBe('one '), 10_000);
  });

  it('goes half-open: nothing comes, nobody is told, and new connections are as ever', async () => {
    const { proxy, echoes } = await start('one ');
    const client = open(proxy);
    await vi.waitFor(() => expect(client.heard()).toBe('one '), 10_000);
    proxy.freeze();
    client.socket.write('lost');
    const next = open(proxy);
    next.socket.write('heard');
    await vi.waitFor(() => expect(next.heard()).toBe('one heard'), 10_000);
    expect(client.heard()).toBe('one ');
    client.socket.destroy();
    next.socket.write(', too');
    await vi.waitFor(() => expect(next.heard()).toBe('one heard, too'), 10_000);
    expect(echoes[0]!.sockets[0]!.destroyed).toBe(false);
  });

  it('stalls, and carries what waited when it goes on', async () => {
    const { proxy } = await start('one ');
    const client = open(proxy);
    await vi.waitFor(() => expect(client.heard()).toBe('one '), 10_000);
    const resume = proxy.stall();
    client.socket.write('later');
    const next = open(proxy);
    next.socket.write('now');
    await vi.waitFor(() => expect(next.heard()).toBe('one now'), 10_000);
    expect(client.heard()).toBe('one ');
    resume();
    await vi.waitFor(() => expect(client.heard()).toBe('one later'), 10_000);
  });
});
