import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AppendResult } from '@cablehub/log';
import { memoryLog } from '@cablehub/log/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bench, contactCreated, TOKEN, type Bench } from './api.fixture.ts';
import { problemBody } from './problem.ts';
import type { ApiParts } from './server.ts';

describe('the server on a socket', () => {
  let app: Bench['app'];
  const listen = async (parts: Partial<ApiParts> = {}): Promise<number> => {
    ({ app } = await bench(parts));
    await app.listen({ port: 0, host: '127.0.0.1' });
    return (app.server.address() as AddressInfo).port;
  };
  afterEach(() => app.close());

  it('answers what is in flight before it stops, and takes no more', async () => {
    let acknowledge: (results: readonly AppendResult[]) => void = () => undefined;
    const append = vi.fn(() => new Promise<readonly AppendResult[]>((resolve) => (acknowledge = resolve)));
    const port = await listen({ log: { ...memoryLog(), append } });
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const body = JSON.stringify(contactCreated(1));
    const answer = fetch(`http://127.0.0.1:${port}/v1/accounts/1/events`, { method: 'POST', headers, body });
    await vi.waitFor(() => expect(append).toHaveBeenCalledOnce(), 10_000);
    const closed = app.close();
    await vi.waitFor(() => expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow(), 10_000);
    acknowledge([{ ok: true, position: 1 as never, duplicate: false }]);
    expect((await answer).status).toBe(201);
    await closed;
  });

  it('answers what is not HTTP with a problem, and goes on', async () => {
    const port = await listen();
    const socket = connect(port, '127.0.0.1');
    socket.write('this is not HTTP\r\n\r\n');
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
    expect(problemBody.parse(JSON.parse(body)).type).toBe('urn:cablehub:problem:bad_request');
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
  });

  it('refuses a body that is announced as too large before it has come', async () => {
    const port = await listen();
    const socket = connect(port, '127.0.0.1');
    const head = ['POST /v1/accounts/1/events HTTP/1.1', 'Host: hub', `Authorization: Bearer ${TOKEN}`];
    socket.write([...head, 'Content-Type: application/json', 'Content-Length: 99999999', '', ''].join('\r\n'));
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});
