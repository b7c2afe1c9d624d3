import type { Append, AppendResult } from '@cablehub/log';
import { memoryLog } from '@cablehub/log/testing';
import { eventsIn } from '@cablehub/log/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench, contactCreated, TOKEN, TOKEN_OF_ACCOUNT_2 } from './api.fixture.ts';
import { eventsAppended, MAX_EVENTS } from './events-route.ts';
import { problemBody } from './problem.ts';

describe('POST events', () => {
  it('appends one event', async () => {
    const { post, log } = await bench();
    const { status, body } = await post(contactCreated(12, { id: 'e1' }));
    expect(status).toBe(201);
    expect(body).toEqual({ events: [{ id: 'e1', sequence: 1, duplicate: false }] });
    expect(await eventsIn(log)).toMatchObject([{ id: 'e1', type: 'contact.created', accountId: 1, source: '/api' }]);
  });

  it('appends an array in its order', async () => {
    const { post, log } = await bench();
    const { status, headers, body } = await post([contactCreated(1), contactCreated(2), contactCreated(3)]);
    expect([status, headers['x-hub-position']]).toEqual([201, '3']);
    expect(eventsAppended.parse(body).events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect((await eventsIn(log)).map(({ data }) => (data as { id: number }).id)).toEqual([1, 2, 3]);
  });

  it('appends lines', async () => {
    const { post } = await bench();
    const lines = [contactCreated(1), contactCreated(2)].map((event) => JSON.stringify(event)).join('\n\n');
    const { status, body } = await post(lines, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    expect([status, body.events.length]).toEqual([201, 2]);
  });

  it('answers a repetition with the first sequence', async () => {
    const { post, log } = await bench();
    const batch = [contactCreated(1, { id: 'a' }), contactCreated(2, { id: 'b' })];
    await post(batch);
    const { status, body } = await post(batch);
    expect(status).toBe(201);
    expect(body.events).toEqual([
      { id: 'a', sequence: 1, duplicate: true },
      { id: 'b', sequence: 2, duplicate: true },
    ]);
    expect(await log.lastPosition()).toBe(2);
  });

  it('puts the trace of the request on each event', async () => {
    const { post, log } = await bench();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await post(contactCreated(1), { traceparent });
    await post(contactCreated(2), { traceparent: 'not-a-trace' });
    const [traced, untraced] = await eventsIn(log);
    expect(traced?.traceparent).toBe(traceparent);
    expect(untraced).not.toHaveProperty('traceparent');
  });

  it('appends nothing when one event is not right', async () => {
    const { post, log } = await bench();
    const { status, headers, body } = await post([contactCreated(1), { type: 'contact.created', data: { id: 'x' } }]);
    expect(status).toBe(422);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(problemBody.parse(body)).toMatchObject({
      type: 'urn:cablehub:problem:invalid',
      status: 422,
      errors: [{ pointer: '/1/data/id' }, { pointer: '/1/data/name', detail: 'is required' }],
    });
    expect(await log.lastPosition()).toBe(0);
  });

  it('gives the line of what is wrong', async () => {
    const { post } = await bench();
    const text = `${JSON.stringify(contactCreated(1))}\n\n{"type":"contact.created","data":{"id":2}}`;
    const { status, body } = await post(text, { 'content-type': 'application/x-ndjson' });
    expect([status, body.errors]).toEqual([422, [{ pointer: '/1/data/name', detail: 'is required', line: 3 }]]);
  });

  it.each([
    ['JSON', 'application/json', '{"type":', undefined],
    ['nothing', 'application/json', '', undefined],
    ['UTF-8', 'application/json', Buffer.from([0x22, 0xff, 0x22]), undefined],
    ['JSON, in a line', 'application/x-ndjson', '{}\n{"type":', 2],
  ])('refuses a body that is not %s', async (...[, type, payload, line]) => {
    const { post } = await bench();
    const { status, body } = await post(payload, { 'content-type': type });
    expect([status, body.type]).toEqual([400, 'urn:cablehub:problem:malformed_body']);
    expect(body.errors?.[0]?.line).toBe(line);
  });

  it('refuses a request without a body', async () => {
    const { app } = await bench();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await app.inject({ method: 'POST', url: '/v1/accounts/1/events', headers });
    expect(response.statusCode).toBe(400);
  });

  it('refuses other content types and encodings', async () => {
    const { post } = await bench();
    expect((await post('type=x', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await post('text', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post({}, { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it(`takes ${MAX_EVENTS} events and refuses more`, async () => {
    const { post, log } = await bench();
    const events = (count: number): object[] => Array.from({ length: count }, (_, index) => contactCreated(index + 1));
    expect((await post(events(MAX_EVENTS + 1))).status).toBe(413);
    expect(await log.lastPosition()).toBe(0);
    expect((await post(events(MAX_EVENTS))).status).toBe(201);
  });

  it('takes a body of 1 MiB and refuses a larger one', async () => {
    const { post } = await bench();
    const body = (bytes: number): string => JSON.stringify(contactCreated(1)).padEnd(bytes, ' ');
    expect((await post(body(1_048_577))).status).toBe(413);
    expect((await post(body(1_048_576))).status).toBe(201);
  });

  it('answers a wrong expected version with what became of each event', async () => {
    const { post } = await bench();
    await post(contactCreated(1));
    const { status, headers, body } = await post([
      contactCreated(2, { id: 'first', expected_version: 0 }),
      contactCreated(1, { id: 'second', expected_version: 0 }),
      contactCreated(3, { id: 'third' }),
    ]);
    expect([status, body.type]).toEqual([409, 'urn:cablehub:problem:version_conflict']);
    expect(headers['x-hub-position']).toBe('2');
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(['/1/expected_version']);
    expect(body.events).toEqual([
      { id: 'first', status: 'appended', sequence: 2, duplicate: false },
      { id: 'second', status: 'wrong_expected_version' },
      { id: 'third', status: 'not_attempted' },
    ]);
  });

  it('tries nothing when NATS is away', async () => {
    const { post, setUp, log } = await bench();
    setUp(false);
    const { status, headers, body } = await post(contactCreated(1));
    expect([status, headers['retry-after'], body.type]).toEqual([503, '2', 'urn:cablehub:problem:unavailable']);
    setUp(true);
    expect(await log.lastPosition()).toBe(0);
    expect((await post(contactCreated(1))).status).toBe(201);
  });

  it('says which events were acknowledged when the connection breaks inside a batch', async () => {
    const append = async (events: readonly Append[]): Promise<readonly AppendResult[]> =>
      events.map((_, index) =>
        index === 0
          ? { ok: true, position: 5 as never, duplicate: false }
          : { ok: false, reason: 'unconfirmed', cause: new Error('gone') },
      );
    const { post } = await bench({ log: { ...memoryLog(), append } });
    const { status, headers, body } = await post([contactCreated(1, { id: 'a' }), contactCreated(2)]);
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(body.events).toEqual([
      { id: 'a', status: 'appended', sequence: 5, duplicate: false },
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, status: 'unconfirmed' },
    ]);
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(['/1']);
  });

  it('says which event is larger than the log takes', async () => {
    const append = async (): Promise<readonly AppendResult[]> => [{ ok: false, reason: 'too_large' }];
    const { post } = await bench({ log: { ...memoryLog(), append } });
    const { status, body } = await post(contactCreated(1, { id: 'a' }));
    expect([status, body.events]).toEqual([413, [{ id: 'a', status: 'too_large' }]]);
  });

  it('tells nothing of what broke inside, but logs it', async () => {
    const append = async (): Promise<never> => Promise.reject(new Error('the secret of the house'));
    const { post, logged } = await bench({ log: { ...memoryLog(), append } });
    const { status, body } = await post(contactCreated(1), { 'x-request-id': 'r-1' });
    expect([status, body.type, body.instance]).toEqual([
      500,
      'urn:cablehub:problem:internal',
      'urn:cablehub:request:r-1',
    ]);
    expect(JSON.stringify(body)).not.toContain('secret of the house');
    expect(logged()).toContain('the secret of the house');
    expect(logged()).toContain('"request_id":"r-1"');
  });
});

describe('the door to an account', () => {
  const request = async (authorization: string | undefined, account = '1') => {
    const { app } = await bench();
    const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
    const payload = JSON.stringify(contactCreated(1));
    return app.inject({ method: 'POST', url: `/v1/accounts/${account}/events`, headers, payload });
  };

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Basic ${TOKEN}`,
    'Bearer another-token-that-is-unknown',
    `Bearer ${TOKEN}x`,
  ])('stays shut for %j', async (authorization) => {
    const response = await request(authorization);
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(problemBody.parse(response.json()).type).toBe('urn:cablehub:problem:unauthorized');
  });

  it('opens one account with the token of that account', async () => {
    expect((await request(`Bearer ${TOKEN_OF_ACCOUNT_2}`, '2')).statusCode).toBe(201);
    expect((await request(`bearer ${TOKEN_OF_ACCOUNT_2}`, '1')).statusCode).toBe(403);
  });

  it.each(['0', '-1', '1.5', 'abc', '01', '1e3', '9007199254740993', '99999999999999999999'])(
    'is at no account called %s',
    async (account) => {
      const response = await request(`Bearer ${TOKEN}`, account);
      expect([response.statusCode, response.json<{ type: string }>().type]).toEqual([
        400,
        'urn:cablehub:problem:bad_request',
      ]);
    },
  );
});

describe('any body at all', () => {
  it('is answered with 201, 400, 413 or 422', async () => {
    const { post } = await bench();
    const field = fc.oneof(fc.json(), fc.constantFrom('null', '{}', '[]', '1e400', '"contact.created"', '"\\ud800"'));
    const keys = ['type', 'data', 'id', 'time', 'entity_id', 'expected_version', 'constructor'];
    const event = fc
      .array(fc.tuple(fc.constantFrom(...keys), field), { maxLength: 8 })
      .map((fields) => `{${fields.map(([key, value]) => `"${key}":${value}`).join(',')}}`);
    const time = fc
      .date({ noInvalidDate: true })
      .map((date) => JSON.stringify({ ...contactCreated(1), time: date.toISOString() }));
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      event,
      fc.array(event).map((events) => `[${events.join(',')}]`),
      time,
    );
    const type = fc.constantFrom('application/json', 'application/x-ndjson');
    await fc.assert(
      fc.asyncProperty(body, type, async (payload, contentType) => {
        const { status } = await post(payload, { 'content-type': contentType });
        expect([201, 400, 413, 422]).toContain(status);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused, not overflowed, when it is nested a hundred thousand deep', async () => {
    const { post } = await bench();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await post(deep)).status).toBe(422);
    expect((await post(`{"type":"contact.created","data":{"custom_attributes":{"a":${deep}}}}`)).status).toBe(422);
  });
});
