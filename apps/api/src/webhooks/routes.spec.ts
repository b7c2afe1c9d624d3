import { eventsIn } from '@cablehub/log/testing';
import { describe, expect, it } from 'vitest';
import { bench, TOKEN, TOKEN_OF_ACCOUNT_2, type Bench } from '../api.fixture.ts';
import type { ApiParts } from '../server.ts';
import { bearerOf, type WebhookParts } from './routes.ts';
import {
  at,
  conversation,
  conversationWebhook,
  jane,
  messageWebhook,
  signed,
  typingWebhook,
  type Body,
} from './webhooks.fixture.ts';

type Parts = Partial<ApiParts> & Pick<WebhookParts, 'webhookSecrets'>;
type Answer = { readonly status: number; readonly body: Body; readonly position: number };
type Send = (body: unknown, headers?: Readonly<Record<string, string>>, account?: number) => Promise<Answer>;

const stage = async (parts: Parts = {}): Promise<Bench & { readonly send: Send }> => {
  const made = await bench(parts);
  const send: Send = async (body, headers = {}, account = 1) => {
    const response = await made.app.inject({
      method: 'POST',
      url: `/v1/accounts/${account}/webhooks/chatwoot`,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const position = Number(response.headers['x-hub-position']);
    return { status: response.statusCode, body: response.json<Body>(), position };
  };
  return { ...made, send };
};

const basic = (password: string): string => `Basic ${Buffer.from(`chatwoot:${password}`).toString('base64')}`;
const hello = messageWebhook('message_created', 40);

describe('POST /v1/accounts/:account_id/webhooks/chatwoot', () => {
  it('appends what a webhook means, once however often it comes', async () => {
    const { send, log } = await stage();
    const first = await send(hello);
    expect(first).toMatchObject({ status: 200, position: 6, body: { status: 'taken' } });
    expect(first.body['events']).toEqual([
      'account.created',
      'inbox.created',
      'contact.created',
      'contact_inbox.created',
      'conversation.created',
      'message.created',
    ]);
    expect(await send(hello)).toMatchObject({ status: 200, body: { status: 'duplicate', events: [] } });
    expect(await eventsIn(log)).toHaveLength(6);
  });

  it('takes the same webhook twice at the same time as one', async () => {
    const { send, log } = await stage();
    const answers = await Promise.all([send(hello), send(hello), send(conversationWebhook('conversation_created'))]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const ids = (await eventsIn(log)).map((event) => ('id' in event ? event.id : 'unreadable'));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('takes many changes of one conversation at the same time, and ends with the last', async () => {
    const { send, app } = await stage();
    await send(hello);
    const statuses = ['resolved', 'open', 'pending', 'resolved', 'open', 'pending'];
    const bodies = statuses.map((status, index) =>
      conversationWebhook('conversation_status_changed', { status, updated_at: at(60 + index) }),
    );
    const answers = await Promise.all(bodies.toReversed().map((body) => send(body)));
    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200));
    const state = await app.inject({ url: '/v1/accounts/1/state', headers: { authorization: `Bearer ${TOKEN}` } });
    expect(state.json<Body>()).toMatchObject({ conversations: [{ id: 7, status: 'pending' }] });
  });

  it('tells of typing and stores nothing of it', async () => {
    const { send, typing, log } = await stage();
    await send(hello);
    expect(await send(typingWebhook('on', jane))).toMatchObject({ body: { status: 'taken', events: [] } });
    expect(typing).toMatchObject([{ accountId: 1, conversationId: 7, status: 'on' }]);
    expect(await eventsIn(log)).toHaveLength(6);
  });

  it('ignores webhooks of other kinds', async () => {
    const { send, log } = await stage();
    const answer = await send({ event: 'webwidget_triggered', id: 'whatever' });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ignored', events: [] } });
    expect(await eventsIn(log)).toEqual([]);
  });

  it('takes the token as a password, for its own account only, and logs it nowhere', async () => {
    const { send, logged } = await stage();
    const named = (account: number, password: string) => send(hello, { authorization: basic(password) }, account);
    expect((await named(2, TOKEN_OF_ACCOUNT_2)).status).toBe(200);
    expect((await named(1, TOKEN_OF_ACCOUNT_2)).status).toBe(403);
    expect((await named(1, 'a-token-that-nobody-has')).status).toBe(401);
    expect((await send(hello, { authorization: '' })).status).toBe(401);
    expect(logged()).not.toContain(TOKEN_OF_ACCOUNT_2);
    expect(logged()).not.toContain(basic(TOKEN_OF_ACCOUNT_2));
  });

  it('needs a right signature once there is a secret', async () => {
    const { send, log } = await stage({ webhookSecrets: [{ secret: 'our-secret' }] });
    expect(await send(hello)).toMatchObject({ status: 401, body: { type: 'urn:cablehub:problem:unauthorized' } });
    const text = JSON.stringify(hello);
    expect((await send(text, signed('other-secret', text, Date.now()))).status).toBe(401);
    expect(await eventsIn(log)).toEqual([]);
    expect((await send(text, signed('our-secret', text, Date.now()))).status).toBe(200);
  });

  it.each<[string, unknown, number, string]>([
    ['no JSON', '{"event":', 400, 'malformed_body'],
    ['an empty body', '', 400, 'malformed_body'],
    ['no event', { id: 7 }, 422, 'invalid'],
    ['a list', [hello, hello], 422, 'invalid'],
    ['a list of one that is empty', [], 422, 'invalid'],
    ['an unknown status', conversationWebhook('conversation_created', { status: 'lost' }), 422, 'invalid'],
    ['a moment that is none', { ...hello, created_at: 'soon' }, 422, 'invalid'],
    ['no session', messageWebhook('message_created', 40, { within: { contact_inbox: null } }), 422, 'invalid'],
    ['a text that is too long', { ...hello, content: 'x'.repeat(150_001) }, 422, 'invalid'],
  ])('refuses %s with a problem, and appends nothing', async (_what, ...[body, status, name]) => {
    const { send, log } = await stage();
    const answer = await send(body);
    expect(answer).toMatchObject({
      status,
      body: { type: `urn:cablehub:problem:${name}`, detail: expect.any(String) as string },
    });
    expect(await eventsIn(log)).toEqual([]);
  });

  it('says where a webhook is wrong', async () => {
    const { send } = await stage();
    const { body } = await send({ ...hello, conversation: { ...conversation(), inbox_id: 'three' } });
    expect(body).toMatchObject({ errors: [{ pointer: '/conversation/inbox_id' }] });
  });

  it('is unavailable while NATS is away', async () => {
    const { send, setUp } = await stage();
    setUp(false);
    expect((await send(hello)).status).toBe(503);
  });

  it('is in the OpenAPI document', async () => {
    const { app } = await stage();
    const { paths } = (await app.inject('/openapi.json')).json<{ paths: Body }>();
    const path = paths['/v1/accounts/{account_id}/webhooks/chatwoot'] as { post: { responses: Body } };
    expect(Object.keys(path.post.responses)).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '422', '503']),
    );
  });
});

describe('a token', () => {
  it('is the password of basic authentication, whatever the user is called', () => {
    expect(bearerOf(basic('secret:with:colons'))).toBe('Bearer secret:with:colons');
    expect(bearerOf('Bearer one')).toBe('Bearer one');
    expect(bearerOf(undefined)).toBeUndefined();
  });
});
