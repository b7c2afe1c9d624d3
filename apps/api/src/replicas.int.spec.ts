import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats, ensureStorage, jetStreamLog, startNatsServer, type NatsServer } from '@cablehub/log';
import { eventsIn } from '@cablehub/log/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningApi } from './api.ts';
import { TOKEN } from './api.fixture.ts';
import { startedApi } from './started.fixture.ts';

type Body = Readonly<Record<string, unknown>>;
type Answer = { readonly status: number; readonly position: string; readonly body: Body };

describe('two replicas of the api', () => {
  let folder = '';
  let nats: NatsServer;
  const apis: RunningApi[] = [];
  let administrator = '';
  let inbox = '';

  const start = async (name: string): Promise<RunningApi> => {
    const environment = {
      NATS_URL: nats.url,
      HOST: '127.0.0.1',
      API_PORT: '0',
      API_TOKENS: TOKEN,
      CLIENT_RATE_LIMIT: '100000',
      DATA_DIR: join(folder, name),
    };
    return startedApi(environment);
  };

  type Asked = { readonly path: string; readonly body?: Body; readonly headers?: Readonly<Record<string, string>> };
  const ask = async (replica: number, { path, body, headers = {} }: Asked): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${apis[replica]!.port}${path}`, {
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      position: response.headers.get('x-hub-position') ?? '',
      body: text === '' ? {} : (JSON.parse(text) as Body),
    };
  };
  const asAgent = (replica: number, path: string, body?: Body): Promise<Answer> =>
    ask(replica, {
      path: `/api/v1/accounts/1${path}`,
      ...(body === undefined ? {} : { body }),
      headers: { api_access_token: administrator },
    });
  /** Waits until a replica has what another answered with. */
  const seenBy = (replica: number, { position }: Answer): Promise<Answer> =>
    ask(replica, {
      path: '/api/v1/accounts/1/teams',
      headers: { api_access_token: administrator, 'x-hub-position': position },
    });
  const asCustomer = (replica: number, path: string, body?: Body): Promise<Answer> =>
    ask(replica, { path: `/public/api/v1/inboxes/${inbox}${path}`, ...(body === undefined ? {} : { body }) });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cablehub-replicas-'));
    nats = await startNatsServer({ dataDir: folder });
    const link = await connectNats({ url: nats.url, name: 'spec' });
    await ensureStorage(link);
    await link.close();
    apis.push(await start('one'), await start('two'));
    const headers = { api_access_token: TOKEN };
    await ask(0, { path: '/platform/api/v1/accounts', body: { name: 'Acme' }, headers });
    const user = await ask(0, { path: '/platform/api/v1/users', body: { account_id: 1, name: 'John' }, headers });
    administrator = String(user.body['access_token']);
    const role = { user_id: user.body['id'], role: 'administrator' };
    await ask(0, { path: '/platform/api/v1/accounts/1/account_users', body: role, headers });
    const made = await asAgent(0, '/inboxes', { name: 'Api', channel: { type: 'api' } });
    inbox = String(made.body['inbox_identifier']);
    // The second has seen all that, too, once it answers from there.
    expect((await seenBy(1, made)).status).toBe(200);
  });
  afterAll(async () => {
    for (const api of apis) await api.stop();
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const race = (times: number, one: (replica: number, time: number) => Promise<Answer>): Promise<Answer[]> =>
    Promise.all(Array.from({ length: times }, (_, time) => one(time % 2, time)));

  it('make one contact of an e-mail address, however many ask at once', async () => {
    const answers = await race(12, (replica) => asCustomer(replica, '/contacts', { email: 'jane@acme.inc' }));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    expect(new Set(answers.map(({ body }) => body['source_id'])).size).toBe(12);
  });

  it('make one session of a source id', async () => {
    const answers = await race(8, (replica) => asCustomer(replica, '/contacts', { source_id: 'the-same' }));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('let one agent have an e-mail address for a contact, and refuse the others', async () => {
    const answers = await race(6, (replica) => asAgent(replica, '/contacts', { email: 'bob@acme.inc', name: 'bob' }));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422, 422, 422, 422, 422]);
  });

  it('give every message an id of its own, one after the other', async () => {
    const session = await asCustomer(0, '/contacts', { name: 'ada' });
    const contact = `/contacts/${String(session.body['source_id'])}`;
    const begun = await asCustomer(0, `${contact}/conversations`, {});
    await seenBy(1, begun);
    const messages = `${contact}/conversations/${String(begun.body['id'])}/messages`;
    const answers = await race(20, (replica, time) => asCustomer(replica, messages, { content: `message ${time}` }));
    const ids = answers.map(({ body }) => Number(body['id'])).toSorted((a, b) => a - b);
    expect(ids).toEqual(ids.map((_, index) => ids[0]! + index));
  });

  it('lose no update of two at once: each is made, or told that it was not', async () => {
    const session = await asCustomer(0, '/contacts', { name: 'eve' });
    const begun = await asCustomer(0, `/contacts/${String(session.body['source_id'])}/conversations`, {});
    await seenBy(1, begun);
    const path = `/conversations/${String(begun.body['id'])}/toggle_status`;
    const statuses = ['resolved', 'open', 'pending', 'snoozed'] as const;
    const answers = await race(16, (replica, time) => asAgent(replica, path, { status: statuses[time % 4]! }));
    const made = answers.filter(({ status }) => status === 200);
    expect(answers.filter(({ status }) => ![200, 409].includes(status))).toEqual([]);
    expect(made.length).toBeGreaterThan(0);

    const link = await connectNats({ url: nats.url, name: 'spec' });
    const events = await eventsIn(jetStreamLog(link));
    await link.close();
    const changes = events.filter(
      (event) => event.type === 'conversation.status_changed' && event.data.id === begun.body['id'],
    );
    // No change says again what the one before it said: each was decided on the state it found.
    const said = changes.map((event) => (event.type === 'conversation.status_changed' ? event.data.status : ''));
    expect(said.filter((status, index) => status === (said[index - 1] ?? 'open'))).toEqual([]);
  });
});
