import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats, ensureStorage, startNatsServer, type NatsLink, type NatsServer } from '@cablehub/log';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunningApi } from '../api.ts';
import { TOKEN } from '../api.fixture.ts';
import { startedApi } from '../started.fixture.ts';
import { formOf, gif, png } from './attachments.fixture.ts';

const MIB = 1_048_576;

describe('attachments over HTTP and NATS', () => {
  let folder = '';
  let nats: NatsServer;
  let link: NatsLink;
  let api: RunningApi;
  let messages = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cablehub-attachments-'));
    nats = await startNatsServer({ dataDir: folder });
    link = await connectNats({ url: nats.url, name: 'spec' });
    await ensureStorage(link);
    const environment = { NATS_URL: nats.url, HOST: '127.0.0.1', API_PORT: '0', API_TOKENS: TOKEN, DATA_DIR: folder };
    api = await startedApi(environment);
    const events = [
      {
        type: 'inbox.created',
        data: { id: 1, name: 'Api', channel: 'Channel::Api', identifier: 'an-inbox-of-the-api' },
      },
      { type: 'contact.created', data: { id: 1, name: 'ada' } },
      {
        type: 'contact_inbox.created',
        data: { id: 1, contact_id: 1, inbox_id: 1, source_id: 'ada', pubsub_token: 'a-token-of-the-session' },
      },
      { type: 'conversation.created', data: { id: 1, inbox_id: 1, contact_inbox_id: 1 } },
    ];
    const posted = await fetch(`http://127.0.0.1:${api.port}/v1/accounts/1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    expect(await posted.text(), 'the events').toContain('"sequence":4');
    const inbox = `http://127.0.0.1:${api.port}/public/api/v1/inboxes/an-inbox-of-the-api`;
    messages = `${inbox}/contacts/ada/conversations/1/messages`;
    await vi.waitFor(async () => expect((await fetch(messages)).status).toBe(200), { timeout: 10_000 });
  });
  afterAll(async () => {
    await api.stop();
    await link.connection.close();
    await nats.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const stateOf = async (stream: string) =>
    (await (await link.connection.jetstreamManager()).streams.info(stream)).state;
  const kept = async (): Promise<readonly number[]> => [
    (await stateOf('OBJ_attachments')).messages,
    (await stateOf('EVENTS')).messages,
  ];

  it('takes 10 MiB and gives them back, whole and in part, through the address in the message', async () => {
    const picture = png(4, 3, randomBytes(10 * MIB));
    const sent = await fetch(messages, {
      method: 'POST',
      body: formOf({ content: 'see' }, [{ name: 'a.png', bytes: picture }]),
    });
    const message = (await sent.json()) as { attachments: readonly { readonly data_url: string }[] };
    expect([sent.status, message]).toMatchObject([
      200,
      { content: 'see', attachments: [{ file_type: 'image', file_size: picture.length, width: 4, height: 3 }] },
    ]);
    const url = message.attachments[0]!.data_url;
    const got = await fetch(url);
    expect([got.status, got.redirected, got.headers.get('content-type')]).toEqual([200, true, 'image/png']);
    expect(Buffer.from(await got.arrayBuffer()).equals(picture)).toBe(true);
    const part = await fetch(got.url, { headers: { range: `bytes=${5 * MIB}-${5 * MIB + 99}` } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(picture.subarray(5 * MIB, 5 * MIB + 100))).toBe(true);
  });

  it('refuses what is larger than the setting, tells so, and keeps nothing', async () => {
    const before = await kept();
    const body = formOf({}, [
      { name: 'a.gif', bytes: gif },
      { name: 'b.png', bytes: png(1, 1, randomBytes(25 * MIB)) },
    ]);
    const sent = await fetch(messages, { method: 'POST', body });
    expect([sent.status, await sent.json()]).toEqual([
      413,
      { error: 'An attachment can have at most 26214400 bytes: b.png' },
    ]);
    expect(await kept()).toEqual(before);
  });

  /** Begins to send a form whose second file never ends. */
  const begun = async (headers: Record<string, string | number> = {}): Promise<ClientRequest> => {
    const sending = request(messages, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=cut', ...headers },
    });
    sending.on('error', () => undefined);
    const part = (name: string): string =>
      `--cut\r\nContent-Disposition: form-data; name="attachments[]"; filename="${name}"\r\n\r\n`;
    sending.write(part('a.gif'));
    sending.write(gif);
    sending.write(`\r\n${part('b.png')}`);
    sending.write(png(1, 1, randomBytes(2 * MIB)));
    return sending;
  };

  it('keeps nothing of an upload that is cut, and says nothing in the log', async () => {
    const before = await kept();
    const sending = await begun();
    await vi.waitFor(async () => expect((await kept())[0]).toBeGreaterThan(before[0]! + 4), { timeout: 10_000 });
    sending.destroy();
    await vi.waitFor(async () => expect(await kept()).toEqual(before), { timeout: 10_000 });
  });

  it('tells who ends a form within a file that it breaks off, and keeps nothing', async () => {
    const before = await kept();
    const sending = await begun();
    const answer = new Promise<number>((resolve) =>
      sending.on('response', ({ statusCode = 0 }) => resolve(statusCode)),
    );
    sending.end();
    expect(await answer).toBe(422);
    expect(await kept()).toEqual(before);
  });
});
