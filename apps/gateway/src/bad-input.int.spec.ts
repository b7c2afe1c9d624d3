import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  agentIdentifier,
  agentToken,
  connectBare,
  grantAgent,
  grantSession,
  sessionToken,
  settled,
  startTestHub,
  subscribe,
  type BareClient,
  type TestHub,
} from './testing.ts';

let hub: TestHub;
const clients: BareClient[] = [];

beforeAll(async () => {
  hub = await startTestHub({ GATEWAY_RECOVERY: 'off' });
  for (const user of [5, 6]) await grantAgent(hub, user);
  await grantSession(hub, 11);
});
afterAll(async () => {
  for (const { socket } of clients) socket.terminate();
  await hub.stop();
});

const connect = async (...protocols: string[]): Promise<BareClient> => {
  const client = await connectBare(hub.url, protocols);
  clients.push(client);
  return client;
};

describe('bad input', () => {
  const unanswered: readonly (readonly [string, string | Buffer])[] = [
    ['malformed JSON', '{"command":'],
    ['an array', '[]'],
    ['an unknown command', '{"command":"join","identifier":"x"}'],
    ['a subscribe without an identifier', '{"command":"subscribe"}'],
    ['an unsubscribe of something unknown', '{"command":"unsubscribe","identifier":"x"}'],
    ['a message to something unknown', '{"command":"message","identifier":"x","data":"{}"}'],
    ['a binary frame', Buffer.from([0, 1, 2])],
  ];

  it.each(unanswered)('gets no answer and keeps the socket open: %s', async (_what, text) => {
    const client = await connect();
    client.say(text);
    await subscribe(client, agentIdentifier(5));
    expect(client.frames.map(({ type }) => type)).toEqual(['welcome', 'confirm_subscription']);
  });

  const room = (fields: object): string => JSON.stringify({ channel: 'RoomChannel', ...fields });
  const rejected: readonly (readonly [string, string])[] = [
    ['an unknown channel', '{"channel":"ChatChannel"}'],
    ['an identifier that is not JSON', 'RoomChannel'],
    ['no token', room({})],
    ['an empty token', room({ pubsub_token: '' })],
    ['an unknown token', room({ pubsub_token: 'not-a-token-of-anybody' })],
    ['a token with odd characters', room({ pubsub_token: 'not a token > at * all.' })],
    ['an agent of another account', room({ pubsub_token: agentToken(5), account_id: 2, user_id: 5 })],
    ['an agent who is another user', room({ pubsub_token: agentToken(5), account_id: 1, user_id: 6 })],
    ['an agent without an account', room({ pubsub_token: agentToken(5), user_id: 5 })],
    ['an agent shown as a customer', room({ pubsub_token: agentToken(5) })],
    ['a customer shown as an agent', room({ pubsub_token: sessionToken(11), account_id: 1, user_id: 5 })],
  ];

  it.each(rejected)('is rejected and keeps the socket open: %s', async (_what, identifier) => {
    const client = await connect();
    client.say({ command: 'subscribe', identifier });
    await vi.waitFor(() => expect(client.frames).toContainEqual({ identifier, type: 'reject_subscription' }), 10_000);
    await subscribe(client, agentIdentifier(5));
  });

  it('is rejected beyond sixteen subscriptions', async () => {
    const client = await connect();
    const identifiers = Array.from({ length: 17 }, (_, tab) => agentIdentifier(5).replace('{', `{"tab":${tab},`));
    for (const identifier of identifiers) client.say({ command: 'subscribe', identifier });
    const last = { identifier: identifiers[16], type: 'reject_subscription' };
    await vi.waitFor(() => expect(client.frames).toContainEqual(last), 10_000);
    expect(client.frames.filter(({ type }) => type === 'confirm_subscription')).toHaveLength(16);
  });

  it('ends the socket when a frame is larger than 64 KiB', async () => {
    const client = await connect();
    client.say('x'.repeat(65_537));
    await client.closed;
    await vi.waitFor(
      async () => expect(await metrics()).toContain('sockets_closed_total{reason="frame_too_large"} 1'),
      10_000,
    );
  });

  it('ends the socket of a client that goes on sending too much', async () => {
    const client = await connect();
    for (let sent = 0; sent < 700; sent++) client.say('{}');
    await client.closed;
    expect(client.frames.at(-1)).toEqual({ type: 'disconnect', reason: 'too_many_commands', reconnect: true });
  });
});

describe('a repeated subscribe', () => {
  const identifier = agentIdentifier(6);
  const confirms = (client: BareClient): number =>
    client.frames.filter(({ type }) => type === 'confirm_subscription').length;

  it('is answered once while the first is pending', async () => {
    const client = await connect('actioncable-v1-json', 'actioncable-unsupported');
    for (let time = 0; time < 5; time++) client.say({ command: 'subscribe', identifier });
    await settled(client);
    expect(confirms(client)).toBe(1);
  });

  it('is answered again after the confirm on a connection that offered actioncable-unsupported', async () => {
    const client = await connect('actioncable-v1-json', 'actioncable-unsupported');
    await subscribe(client, identifier);
    client.say({ command: 'subscribe', identifier });
    await vi.waitFor(() => expect(confirms(client)).toBe(2), 10_000);
  });

  it('is silent after the confirm on every other connection', async () => {
    const client = await connect('actioncable-v1-json');
    await subscribe(client, identifier);
    client.say({ command: 'subscribe', identifier });
    await settled(client);
    expect(confirms(client)).toBe(1);
  });
});

const metrics = async (): Promise<string> => (await fetch(`${hub.http}/metrics`)).text();
