import { describe, expect, it } from 'vitest';
import { TOKEN } from '../api.fixture.ts';
import { hub } from '../hub.fixture.ts';

type Entries = { readonly events: readonly { readonly position: number; readonly type: string }[] };

describe('the timeline', () => {
  const opened = async () => {
    const stage = await hub();
    const look = async (path: string, token: string = stage.set.user.access_token) => {
      const response = await stage.app.inject({ url: `/v1/accounts/1${path}`, headers: { api_access_token: token } });
      return { status: response.statusCode, text: response.payload, body: response.json<Entries>() };
    };
    return { ...stage, look };
  };

  it('shows the newest events first, page by page, and oldest first after a position', async () => {
    const { look } = await opened();
    const all = (await look('/events')).body.events;
    expect(all.map(({ type }) => type).slice(0, 2)).toEqual(['conversation.created', 'contact_inbox.created']);
    expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => all.length - index));
    const [first, second] = [await look('/events?limit=2'), await look(`/events?limit=2&before=${all.length - 1}`)];
    expect([...first.body.events, ...second.body.events]).toEqual(all.slice(0, 4));
    expect((await look('/events?after=2&limit=2')).body.events.map(({ position }) => position)).toEqual([3, 4]);
  });

  it('filters by type and by entity', async () => {
    const { look } = await opened();
    const types = async (query: string) => (await look(`/events?${query}`)).body.events.map(({ type }) => type);
    expect(await types('type=contact.')).toEqual(['contact.created']);
    expect(await types('type=contact.created')).toEqual(['contact.created']);
    expect(await types('entity=conversation.1')).toEqual(['conversation.created']);
    expect(await types('entity=conversation.2')).toEqual([]);
  });

  it('shows no secret', async () => {
    const { look, session, set, conversation, asAgent } = await opened();
    await asAgent('POST', `/conversations/${conversation.id}/messages`, { content: 'hello' });
    const { text } = await look('/events');
    for (const secret of [session.pubsub_token, set.inbox.hmac_token, set.inbox.inbox_identifier])
      expect(text).not.toContain(secret);
    expect(text).toContain('"pubsub_token":"•••"');
  });

  it('tells of an event who heard what', async () => {
    const { look, asAgent, conversation } = await opened();
    const { position } = await asAgent('POST', `/conversations/${conversation.id}/messages`, { content: 'hello' });
    const { body } = await look(`/events/${position}`);
    expect(body).toMatchObject({
      event: { position, type: 'message.created' },
      deliveries: [
        { lane: 'agents', audience: { kind: 'only', users: [1] }, frame: { event: 'message.created' } },
        { lane: 'contact.1', audience: { kind: 'all' }, frame: { event: 'message.created' } },
      ],
    });
    expect((await look('/events/999')).status).toBe(404);
  });

  it('goes back, and forth again', async () => {
    const { look, asAgent, conversation } = await opened();
    const before = await asAgent('POST', '/teams', { name: 'sales' });
    const after = await asAgent('POST', `/conversations/${conversation.id}/toggle_status`, { status: 'resolved' });
    const then = (position: number) => look(`/state?position=${position}`);
    expect((await then(after.position)).body).toMatchObject({ conversations: [{ id: 1, status: 'resolved' }] });
    expect((await then(before.position)).body).toMatchObject({
      conversations: [{ id: 1, status: 'open' }],
      messages: [],
    });
    expect((await then(after.position)).body).toMatchObject({ conversations: [{ status: 'resolved' }] });
    expect((await then(1)).body).toMatchObject({ conversations: [], contacts: [] });
  });

  it('is for administrators, and for tokens of the hub', async () => {
    const { look, asAgent } = await opened();
    const agent = await asAgent('POST', '/agents', { name: 'Ann', email: 'ann@acme.inc' });
    expect((await look('/events', String(agent.body['access_token']))).status).toBe(403);
    expect((await look('/events', TOKEN)).status).toBe(200);
    expect((await look('/events', 'nobody-knows-this-token')).status).toBe(401);
  });

  it('tells events as they are recorded', async () => {
    const { app, set, asAgent } = await opened();
    await asAgent('POST', '/teams', { name: 'before' });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as { port: number };
    const stop = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/v1/accounts/1/events/live?type=team.`, {
      headers: { api_access_token: set.user.access_token },
      signal: stop.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = (await reader.read()).value ?? '';
    await asAgent('POST', '/teams', { name: 'sales' });
    while (!heard.includes('team.created')) heard += (await reader.read()).value ?? '';
    expect(heard).toMatch(/\nid: \d+\ndata: \{"position":/);
    expect(heard).not.toContain('before');
    await app.close();
    stop.abort();
  });
});
