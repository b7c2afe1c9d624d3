import { describe, expect, it } from 'vitest';
import { LogFault } from '@cablehub/log';
import { bench, contactCreated, TOKEN } from './api.fixture.ts';
import { problemBody } from './problem.ts';

const authorization = `Bearer ${TOKEN}`;

describe('the server', () => {
  it('answers an unknown path with a problem', async () => {
    const { app } = await bench();
    for (const url of [
      '/',
      '/v1/accounts/1/nothing',
      '/v1/accounts/1',
      '/v1/accounts/1/nothing/',
      `/${'x'.repeat(300)}`,
    ]) {
      const response = await app.inject({ url });
      expect([url, response.statusCode]).toEqual([url, 404]);
      expect(problemBody.parse(response.json()).type).toBe('urn:cablehub:problem:not_found');
    }
  });

  it('answers a path that cannot be read with a problem', async () => {
    const { app } = await bench();
    const response = await app.inject({ url: '/v1/accounts/%zz/events' });
    expect([response.statusCode, response.json<{ type: string }>().type]).toEqual([
      400,
      'urn:cablehub:problem:bad_request',
    ]);
  });

  it('names the methods of a path that has not this one', async () => {
    const { app } = await bench();
    const response = await app.inject({ method: 'DELETE', url: '/v1/accounts/1/events?a=b' });
    expect([response.statusCode, response.headers['allow']]).toEqual([405, 'POST, GET, HEAD']);
    expect((await app.inject({ method: 'POST', url: '/health/live' })).headers['allow']).toBe('GET, HEAD');
  });

  it('says that it is alive, and ready only while NATS is there', async () => {
    const { app, setUp } = await bench();
    expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
    setUp(false);
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    const away = await app.inject('/health/ready');
    expect([away.statusCode, away.headers['retry-after']]).toEqual([503, '2']);
  });

  it('gives back the id of a request, or makes one', async () => {
    const { app } = await bench();
    const given = await app.inject({ url: '/health/live', headers: { 'x-request-id': 'abc-1' } });
    expect(given.headers['x-request-id']).toBe('abc-1');
    const made = await app.inject({ url: '/nowhere', headers: { 'x-request-id': 'not "fit" for a log' } });
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    const unreadable = await app.inject({ url: '/%zz', headers: { 'x-request-id': 'abc-2' } });
    expect(unreadable.headers['x-request-id']).toBe('abc-2');
  });

  it('limits how often one token may ask', async () => {
    const { app } = await bench({ rateLimit: 2 });
    const ask = () => app.inject({ url: '/v1/accounts/1/presence', headers: { authorization } });
    expect([(await ask()).statusCode, (await ask()).statusCode]).toEqual([200, 200]);
    const third = await ask();
    expect([third.statusCode, third.headers['retry-after']]).toEqual([429, '1']);
    expect(problemBody.parse(third.json()).type).toBe('urn:cablehub:problem:too_many_requests');
    expect((await app.inject('/health/live')).statusCode).toBe(200);
  });

  it('logs each request without its headers and body', async () => {
    const { post, app, logged } = await bench();
    await post({ ...contactCreated(1), secret: 'in the body' }, { 'x-request-id': 'r-1' });
    await app.inject({
      url: `/v1/accounts/1/typing?token=${TOKEN}`,
      headers: { authorization: 'Bearer wrong-token-wrong' },
    });
    const lines = logged().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { request_id: 'r-1', account_id: 1, method: 'POST', route: '/v1/accounts/:account_id/events', status: 422 },
      { method: 'GET', route: 'none', status: 405 },
    ]);
    expect(JSON.parse(lines[0] ?? '')).toHaveProperty('duration_ms');
    for (const secret of [TOKEN, 'wrong-token', 'in the body']) expect(logged()).not.toContain(secret);
  });

  it('measures requests, batches and events', async () => {
    const { post, app } = await bench();
    await post([contactCreated(1, { id: 'a' }), contactCreated(2)]);
    await post(contactCreated(1, { id: 'a' }));
    await post({});
    const response = await app.inject('/metrics');
    expect(response.headers['content-type']).toContain('text/plain');
    const lines = response.payload.split('\n');
    expect(lines).toContain('cablehub_api_events_appended_total{type="contact.created"} 2');
    expect(lines).toContain('cablehub_api_batches_total{outcome="appended"} 2');
    expect(lines).toContain('cablehub_api_batches_total{outcome="invalid"} 1');
    expect(lines).toContain('cablehub_api_append_seconds_count 2');
    expect(lines).toContain(
      'cablehub_api_requests_total{route="/v1/accounts/:account_id/events",method="POST",status="422"} 1',
    );
  });
});

describe('POST typing', () => {
  const tell = async (payload: object, isUp = true) => {
    const { app, typing, setUp } = await bench();
    setUp(isUp);
    const response = await app.inject({
      method: 'POST',
      url: '/v1/accounts/1/typing',
      headers: { authorization },
      payload,
    });
    const pointers = response.json<{ errors?: { pointer: string }[] }>().errors?.map(({ pointer }) => pointer);
    return { status: response.statusCode, body: response.json<unknown>(), pointers, typing };
  };

  it('tells that an agent types', async () => {
    const { status, body, typing } = await tell({ conversation_id: 7, status: 'on', user_id: 1, is_private: true });
    expect([status, body]).toEqual([202, {}]);
    expect(typing).toEqual([
      { accountId: 1, conversationId: 7, status: 'on', typist: { kind: 'user', userId: 1 }, isPrivate: true },
    ]);
  });

  it('tells that a customer stopped typing', async () => {
    const { typing } = await tell({ conversation_id: 7, status: 'off', contact_inbox_id: 8 });
    expect(typing).toMatchObject([{ typist: { kind: 'contact', contactInboxId: 8 }, status: 'off', isPrivate: false }]);
  });

  it.each<[object, readonly string[]]>([
    [{ conversation_id: 7, status: 'on' }, ['']],
    [{ conversation_id: 7, status: 'on', user_id: 1, contact_inbox_id: 8 }, ['']],
    [{ conversation_id: 'x', status: 'maybe', user_id: 1, more: 1 }, ['/conversation_id', '/status', '/more']],
    [{ status: 'on', user_id: 0 }, ['/conversation_id', '/user_id']],
  ])('refuses %j', async (payload, expected) => {
    const { status, pointers, typing } = await tell(payload);
    expect([status, pointers, typing]).toEqual([422, expected, []]);
  });

  it('tells nobody when NATS is away', async () => {
    const { status, typing } = await tell({ conversation_id: 7, status: 'on', user_id: 1 }, false);
    expect([status, typing]).toEqual([503, []]);
  });

  it('refuses what is not JSON', async () => {
    const { app } = await bench();
    const ask = (payload: string, type: string) => {
      const headers = { authorization, 'content-type': type };
      return app.inject({ method: 'POST', url: '/v1/accounts/1/typing', headers, payload });
    };
    expect((await ask('{', 'application/json')).statusCode).toBe(400);
    expect((await ask('', 'application/json')).statusCode).toBe(400);
    expect((await ask('{}', 'text/csv')).statusCode).toBe(415);
  });
});

describe('GET presence', () => {
  it('tells who is there', async () => {
    const { app } = await bench();
    const response = await app.inject({ url: '/v1/accounts/1/presence', headers: { authorization } });
    expect(response.json()).toEqual({ users: { 1: 'online' }, contacts: { 12: 'online' } });
  });

  it('is unavailable when nobody answers', async () => {
    const askPresence = async (): Promise<never> =>
      Promise.reject(new LogFault('nats_unavailable', 'no presence app answers'));
    const { app } = await bench({ signals: { sendTyping: () => undefined, askPresence } });
    const response = await app.inject({ url: '/v1/accounts/1/presence', headers: { authorization } });
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '2']);
    expect(response.json()).toMatchObject({ detail: 'no presence app answers' });
  });
});
