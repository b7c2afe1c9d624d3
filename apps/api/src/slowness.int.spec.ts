import { request, type ClientRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pdf } from './attachments/attachments.fixture.ts';
import { hub, type Hub } from './hub.fixture.ts';

const LEAST = 1_000;
const form = { 'content-type': 'multipart/form-data; boundary=slow' };
const beginning = Buffer.concat([
  Buffer.from('--slow\r\nContent-Disposition: form-data; name="attachments[]"; filename="a.pdf"\r\n\r\n'),
  pdf,
]);

describe('a body that is slow to come', () => {
  let stage: Hub;
  let port: number;
  let sending: ClientRequest;
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  const every = (_ms: number, call: () => void) => {
    waiting.add(call);
    return () => void waiting.delete(call);
  };
  const periodPasses = (): void => {
    for (const call of [...waiting]) call();
  };
  const received = (): number => [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0);

  beforeEach(async () => {
    stage = await hub({}, { patience: { periodMs: 30_000, leastBytes: LEAST, every } });
    stage.app.server.on('connection', (socket) => sockets.add(socket));
    await stage.app.listen({ port: 0, host: '127.0.0.1' });
    ({ port } = stage.app.server.address() as AddressInfo);
  });
  afterEach(async () => {
    sending.destroy();
    await stage.app.close();
    for (const all of [waiting, sockets]) all.clear();
  });

  const begin = async (path: string, headers: Readonly<Record<string, string>>, first: Uint8Array) => {
    const inbox = `/public/api/v1/inboxes/${stage.set.inbox.inbox_identifier}`;
    sending = request({ port, host: '127.0.0.1', path: `${inbox}${path}`, method: 'POST', headers });
    sending.on('error', () => undefined);
    const answer = new Promise<{ status: number | undefined; body: unknown }>((resolve) =>
      sending.once('response', (one) =>
        resolve(text(one).then((body) => ({ status: one.statusCode, body: JSON.parse(body) as unknown }))),
      ),
    );
    await send(first);
    await vi.waitFor(() => expect(waiting.size).toBe(1), 10_000);
    return { answer };
  };
  const send = async (bytes: Uint8Array): Promise<void> => {
    const before = received();
    sending.write(bytes);
    await vi.waitFor(() => expect(received()).toBeGreaterThanOrEqual(before + bytes.length), 10_000);
  };
  const gone = () => vi.waitFor(() => expect([...sockets].every(({ destroyed }) => destroyed)).toBe(true), 10_000);
  const tooSlow = { error: 'the body did not come in time; the connection is closed' };

  it('is waited for as long as it goes on coming, when it brings files', async () => {
    const { answer } = await begin(`${stage.path}/messages`, form, beginning);
    for (let period = 0; period < 10; period++) {
      await send(Buffer.alloc(LEAST, ' '));
      periodPasses();
    }
    sending.end('\r\n--slow--\r\n');
    expect(await answer).toMatchObject({
      status: 200,
      body: { attachments: [{ file_size: pdf.length + 10 * LEAST }] },
    });
    await vi.waitFor(() => expect(waiting.size).toBe(0), 10_000);
  });

  it('is given up with its files when next to nothing of it comes', async () => {
    const { answer } = await begin(`${stage.path}/messages`, form, beginning);
    await send(Buffer.from(`\r\n${beginning.toString()}${' '.repeat(LEAST)}`));
    periodPasses();
    await send(Buffer.alloc(LEAST / 2, ' '));
    periodPasses();
    expect(await answer).toEqual({ status: 408, body: tooSlow });
    await gone();
    await vi.waitFor(() => expect(stage.files.keys()).toEqual([]), 10_000);
  });

  const json = { 'content-type': 'application/json' };
  it.each([
    ['of a form where no files are taken', { path: '/contacts', headers: form, first: '--slow\r\n' }],
    ['of JSON', { path: '/contacts', headers: json, first: '{"name":"' }],
    ['for nothing that is there', { path: '/nothing/at/all', headers: json, first: '{' }],
  ])('is given up after one period %s', async (_what, { path, headers, first }) => {
    const { answer } = await begin(path, headers, Buffer.from(first));
    await send(Buffer.alloc(2 * LEAST, ' '));
    periodPasses();
    expect((await answer).status).toBe(408);
    await gone();
  });
});
