import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hub } from './hub.fixture.ts';

describe('the Client API and the agents’ API', () => {
  it('make an account from nothing, and let a customer and an agent talk', async () => {
    const { set, asAgent, asCustomer, session } = await hub();
    expect(set.inbox).toMatchObject({
      channel_type: 'Channel::Api',
      inbox_identifier: expect.stringMatching(/^\w{24}$/) as string,
    });

    const begun = await asCustomer('POST', `/contacts/${session.source_id}/conversations`, {});
    expect(begun).toMatchObject({ status: 200, body: { id: 2, status: 'open', messages: [] } });
    const said = await asCustomer('POST', `/contacts/${session.source_id}/conversations/2/messages`, {
      content: 'hi',
      echo_id: 'mine',
    });
    expect(said.body).toMatchObject({ content: 'hi', message_type: 0, conversation_id: 2, sender: { id: session.id } });
    expect(said.body).not.toHaveProperty('echo_id');

    const list = await asAgent('GET', '/conversations');
    expect(list.body).toMatchObject({
      data: {
        meta: { mine_count: 0, unassigned_count: 2, all_count: 2 },
        payload: [{ id: 2, unread_count: 1 }, { id: 1 }],
      },
    });
    const answered = await asAgent('POST', '/conversations/2/messages', { content: 'hello', echo_id: 'e' });
    expect(answered.body).toMatchObject({
      content: 'hello',
      message_type: 1,
      echo_id: 'e',
      sender: { id: set.user.id },
    });
    const read = await asCustomer('GET', `/contacts/${session.source_id}/conversations/2/messages`);
    expect(read.body).toMatchObject([{ content: 'hi' }, { content: 'hello' }]);
    expect(JSON.stringify(list.body)).not.toContain(session.pubsub_token);
  });

  it('reopen what was resolved, and say who did what', async () => {
    const { asAgent, asCustomer, conversation, path } = await hub();
    const resolved = await asAgent('POST', `/conversations/${conversation.id}/toggle_status`, { status: 'resolved' });
    expect(resolved.body).toMatchObject({ payload: { success: true, current_status: 'resolved' } });
    await asCustomer('POST', `${path}/messages`, { content: 'again' });
    const messages = await asAgent('GET', `/conversations/${conversation.id}/messages`);
    expect(messages.body).toMatchObject({
      payload: [
        { content: 'Conversation was marked resolved by John', message_type: 2 },
        { content: 'again' },
        { content: 'System reopened the conversation due to a new incoming message.' },
      ],
    });
    const seen = await asCustomer('GET', `${path}/messages`);
    expect(seen.body).toMatchObject([{ content: 'again' }]);
  });

  it('tell an agent what the customer has read', async () => {
    const { asAgent, asCustomer, conversation, path } = await hub();
    await asAgent('POST', `/conversations/${conversation.id}/messages`, { content: 'hello' });
    expect(await asCustomer('POST', `${path}/update_last_seen`)).toMatchObject({ status: 200, text: '' });
    const messages = await asAgent('GET', `/conversations/${conversation.id}/messages`);
    expect(messages.body).toMatchObject({ payload: [{ status: 'read' }] });
  });

  it('find a contact again by their e-mail address, and the session by its source id', async () => {
    const { asCustomer } = await hub();
    const first = await asCustomer('POST', '/contacts', { source_id: 'one', email: 'jane@acme.inc', name: 'jane' });
    const again = await asCustomer('POST', '/contacts', { source_id: 'one' });
    const other = await asCustomer('POST', '/contacts', { email: 'Jane@acme.inc' });
    expect(again.body).toEqual(first.body);
    expect(other.body['id']).toBe(first.body['id']);
    expect(other.body['source_id']).not.toBe('one');
  });

  it('merge a contact into the one that has the e-mail address already', async () => {
    const { asCustomer, session, conversation, path } = await hub();
    const other = await asCustomer('POST', '/contacts', { email: 'jane@acme.inc', name: 'jane' });
    const merged = await asCustomer('PATCH', `/contacts/${session.source_id}`, { email: 'jane@acme.inc' });
    expect(merged.body).toMatchObject({ id: other.body['id'], name: 'jane', email: 'jane@acme.inc', account_id: 1 });
    expect((await asCustomer('GET', path)).body).toMatchObject({
      id: conversation.id,
      contact: { id: other.body['id'] },
    });
  });

  it('believe an identity only with its proof', async () => {
    const { asCustomer, set, session } = await hub();
    const hash = createHmac('sha256', set.inbox.hmac_token).update('jane').digest('hex');
    const wrong = await asCustomer('POST', '/contacts', { identifier: 'jane', identifier_hash: 'nonsense' });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'HMAC failed: Invalid Identifier Hash Provided' } });
    const right = await asCustomer('GET', `/contacts/${session.source_id}?identifier=jane&identifier_hash=${hash}`);
    expect(right.status).toBe(200);
  });

  const unknown = { error: 'Resource could not be found' };
  it.each([
    { url: '/api/v1/profile', status: 401, body: { errors: ['You need to sign in or sign up before continuing.'] } },
    { url: '/api/v1/profile', token: 'no', status: 401, body: { error: 'Invalid Access Token' } },
    { url: '/api/v1/accounts/9/conversations', token: 'own', status: 404, body: unknown },
    { url: '/api/v1/accounts/1/conversations/77', token: 'own', status: 404, body: unknown },
    { url: '/api/v1/accounts/1/conversations/x', token: 'own', status: 404, body: unknown },
    { url: '/public/api/v1/inboxes/nothing', status: 404, body: unknown },
    {
      url: '/api/v1/accounts/1/conversations?page=x',
      token: 'own',
      status: 422,
      body: { message: 'page must be a whole number from 1', attributes: ['page'] },
    },
  ] as const)('answer $url with $status', async ({ url, status, body, ...given }) => {
    const { app, set } = await hub();
    const token = 'token' in given ? (given.token === 'own' ? set.user.access_token : given.token) : null;
    const response = await app.inject({ url, headers: token === null ? {} : { api_access_token: token } });
    expect([response.statusCode, response.json()]).toEqual([status, body]);
  });

  it('say what is wrong with a body', async () => {
    const { asAgent, asCustomer } = await hub();
    expect(await asAgent('POST', '/teams', {})).toMatchObject({
      status: 422,
      body: { message: 'name is required', attributes: ['name'] },
    });
    expect(await asCustomer('POST', '/contacts', { email: 'nobody' })).toMatchObject({
      status: 422,
      body: { message: 'Email Invalid email', attributes: ['email'] },
    });
    for (const [sent, error] of [
      [{ content: '' }, "Content can't be blank"],
      [
        { content: 'x', message_type: 'activity' },
        'message_type Invalid option: expected one of "outgoing"|"incoming"',
      ],
    ] as const)
      expect(await asAgent('POST', '/conversations/1/messages', sent)).toMatchObject({ status: 422, body: { error } });
  });

  it('give who has been away everything that changed, and others a page', async () => {
    const { asAgent, asCustomer, session } = await hub();
    for (let one = 0; one < 26; one++) await asCustomer('POST', `/contacts/${session.source_id}/conversations`, {});
    const listed = async (query: string): Promise<number> => {
      const { data } = (await asAgent('GET', `/conversations?${query}`)).body as { data: { payload: unknown[] } };
      return data.payload.length;
    };
    expect([await listed(''), await listed('page=2'), await listed('updated_within=600')]).toEqual([25, 2, 27]);
  });

  it('take a form', async () => {
    const { app, set, conversation } = await hub();
    const boundary = 'x-boundary';
    const part = (disposition: string, value: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
    const send = (payload: string) =>
      app.inject({
        method: 'POST',
        url: `/api/v1/accounts/1/conversations/${conversation.id}/messages`,
        headers: {
          api_access_token: set.user.access_token,
          'content-type': `multipart/form-data; boundary=${boundary}`,
        },
        payload: `${payload}--${boundary}--\r\n`,
      });
    const note = await send(part('name="content"', 'a note') + part('name="private"', 'true'));
    expect(note.json()).toMatchObject({ content: 'a note', private: true });
  });

  it('say which contacts are online, as presence says', async () => {
    const stage = await hub(
      {},
      {
        signals: {
          sendTyping: () => undefined,
          askPresence: async () => ({ users: {}, contacts: { 1: 'online' } }),
        },
      },
    );
    const { asAgent, asCustomer, session } = stage;
    expect(session.id).toBe(1);
    const other = await asCustomer('POST', '/contacts', { name: 'eve' });
    const [ada, eve] = [
      { id: 1, availability_status: 'online' },
      { id: 2, availability_status: 'offline' },
    ];
    expect(other.body['id']).toBe(2);
    expect((await asAgent('GET', '/contacts')).body).toMatchObject({ payload: [eve, ada] });
    expect((await asAgent('GET', '/contacts/1')).body).toMatchObject({ payload: ada });
    expect((await asAgent('GET', '/contacts/active')).body).toMatchObject({
      meta: { count: 1, current_page: 1 },
      payload: [ada],
    });
    expect((await asAgent('PATCH', '/contacts/1', { name: 'Ada' })).body).toMatchObject({ payload: ada });
    expect((await asAgent('GET', '/conversations/1')).body).toMatchObject({ meta: { sender: ada } });
    expect((await asAgent('GET', '/conversations')).body).toMatchObject({
      data: { payload: [{ meta: { sender: ada } }] },
    });
    expect((await asAgent('GET', '/conversations/1/messages')).body).toMatchObject({ meta: { contact: ada } });
  });

  it('answer from where the caller has been', async () => {
    const { app, set, asAgent } = await hub();
    const { position } = await asAgent('POST', '/teams', { name: 'sales' });
    const headers = { api_access_token: set.user.access_token };
    const ask = (seen: string) =>
      app.inject({ url: '/api/v1/accounts/1/teams', headers: { ...headers, 'x-hub-position': seen } });
    expect((await ask(String(position))).json()).toMatchObject([{ name: 'sales' }]);
    expect((await ask('999999')).statusCode).toBe(503);
    expect((await ask('soon')).json()).toEqual({
      error: 'X-Hub-Position must be a whole number, as an answer gave it',
    });
  });

  it('refuse a flood', async () => {
    const { asCustomer, path } = await hub();
    const one = () => asCustomer('POST', `${path}/messages`, { content: 'x' });
    for (let sent = 0; sent < 200; sent++) await one();
    expect(await one()).toMatchObject({ status: 422, body: { error: 'Too many messages' } });
  });

  it('let any page call the Client API', async () => {
    const { app, set } = await hub();
    const url = `/public/api/v1/inboxes/${set.inbox.inbox_identifier}/contacts`;
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'POST' };
    const preflight = await app.inject({ method: 'OPTIONS', url, headers });
    expect([preflight.statusCode, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
  });
});
