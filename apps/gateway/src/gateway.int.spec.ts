import { readFile } from 'node:fs/promises';
import { userId } from '@cablehub/events';
import { agentTokenKey } from '@cablehub/log';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  account,
  agentIdentifier,
  agentToken,
  connectBare,
  grantAgent,
  grantSession,
  messagesFor,
  publish,
  publishTo,
  revoke,
  sessionIdentifier,
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
  // Its clients come one after the other with the same identifier, and are not one that comes back.
  hub = await startTestHub({ GATEWAY_RECOVERY: 'off' });
  for (const user of [5, 6, 7]) await grantAgent(hub, user);
  for (const session of [11, 12]) await grantSession(hub, session);
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

const only = (...users: number[]) => ({ kind: 'only' as const, users: users.map((user) => userId.parse(user)) });
const except = (...users: number[]) => ({ kind: 'except' as const, users: users.map((user) => userId.parse(user)) });

describe('a bare client', () => {
  it('is welcomed, and confirmed when it subscribes at once without a subprotocol', async () => {
    const client = await connect();
    await subscribe(client, agentIdentifier(5));
    expect(client.texts).toEqual([
      '{"type":"welcome"}',
      `{"identifier":${JSON.stringify(agentIdentifier(5))},"type":"confirm_subscription"}`,
    ]);
    expect(client.socket.protocol).toBe('');
  });

  it('is pinged with seconds that grow', async () => {
    const client = await connect();
    await vi.waitFor(() => expect(client.pings.length).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
    const [first = 0, second = 0] = client.pings;
    expect(second).toBeGreaterThan(first);
    expect(Math.abs(first - Date.now() / 1_000)).toBeLessThan(10);
  });

  it('gets its identifier echoed as the very string it sent', async () => {
    const client = await connect();
    const odd = `{ "user_id": "5", "account_id":"1",  "pubsub_token":"${agentToken(5)}", "channel":"\\u0052oomChannel", "x":"é" }`;
    await subscribe(client, odd);
    await publish(hub, 'agents', 'to the odd one');
    await vi.waitFor(() => expect(messagesFor(client, odd)).toEqual(['to the odd one']), 10_000);
  });

  it('gets two copies of a message under two identifiers', async () => {
    const client = await connect();
    const other = agentIdentifier(5).replace('{', '{"tab":2,');
    await subscribe(client, agentIdentifier(5));
    await subscribe(client, other);
    await publish(hub, 'agents', 'twice');
    await vi.waitFor(() => expect(messagesFor(client, other)).toEqual(['twice']), 10_000);
    expect(messagesFor(client, agentIdentifier(5))).toEqual(['twice']);
  });

  it('hears nothing after an unsubscribe, and may subscribe again', async () => {
    const client = await connect();
    const witness = await connect();
    await subscribe(client, agentIdentifier(5));
    await subscribe(witness, agentIdentifier(6));
    client.say({ command: 'unsubscribe', identifier: agentIdentifier(5) });
    await settled(client);
    await publish(hub, 'agents', 'while away');
    await vi.waitFor(() => expect(messagesFor(witness, agentIdentifier(6))).toEqual(['while away']), 10_000);
    client.frames.length = 0;
    await subscribe(client, agentIdentifier(5));
    await publish(hub, 'agents', 'back');
    await vi.waitFor(() => expect(messagesFor(client, agentIdentifier(5))).toEqual(['back']), 10_000);
  });
});

describe('a lane', () => {
  it('brings agents what is for all, only them, or all but others', async () => {
    const [five, six] = [await connect(), await connect()];
    await subscribe(five, agentIdentifier(5));
    await subscribe(six, agentIdentifier(6));
    await publishTo(hub, { lane: 'agents', message: 'only five', audience: only(5, 7) });
    await publishTo(hub, { lane: 'agents', message: 'all but five', audience: except(5) });
    await publishTo(hub, { lane: 'agents', message: 'nobody', audience: only() });
    await publish(hub, 'agents', 'all');
    await vi.waitFor(() => expect(messagesFor(five, agentIdentifier(5))).toEqual(['only five', 'all']), 10_000);
    await vi.waitFor(() => expect(messagesFor(six, agentIdentifier(6))).toEqual(['all but five', 'all']), 10_000);
  });

  it('keeps customer sessions apart from each other and from agents', async () => {
    const [eleven, twelve, agent] = [await connect(), await connect(), await connect()];
    await subscribe(eleven, sessionIdentifier(11));
    await subscribe(twelve, sessionIdentifier(12));
    await subscribe(agent, agentIdentifier(5));
    await publish(hub, 'contact.11', 'eleven');
    await publish(hub, 'contact.12', 'twelve');
    await publish(hub, 'agents', 'agents');
    await publish(hub, 'contacts', 'all customers');
    await vi.waitFor(
      () => expect(messagesFor(eleven, sessionIdentifier(11))).toEqual(['eleven', 'all customers']),
      10_000,
    );
    await vi.waitFor(
      () => expect(messagesFor(twelve, sessionIdentifier(12))).toEqual(['twelve', 'all customers']),
      10_000,
    );
    await vi.waitFor(() => expect(messagesFor(agent, agentIdentifier(5))).toEqual(['agents']), 10_000);
  });

  it('keeps the order of many messages and copies their bytes', async () => {
    const client = await connect();
    await subscribe(client, agentIdentifier(5));
    const numbers = Array.from({ length: 500 }, (_, index) => index + 1);
    await Promise.all(numbers.map((number) => publish(hub, 'agents', { number })));
    await vi.waitFor(
      () => expect(messagesFor(client, agentIdentifier(5))).toEqual(numbers.map((number) => ({ number }))),
      10_000,
    );
    expect(client.texts.at(-1)).toBe(`{"identifier":${JSON.stringify(agentIdentifier(5))},"message":{"number":500}}`);
  });

  it('lets a customer in whose token is written a moment after it was shown', async () => {
    const client = await connect('actioncable-v1-ext-json');
    client.say({ command: 'subscribe', identifier: sessionIdentifier(91) });
    client.say({ command: 'ping' });
    await vi.waitFor(() => expect(client.frames).toContainEqual({ type: 'pong' }), 10_000);
    await grantSession(hub, 91);
    await vi.waitFor(
      () => expect(client.frames).toContainEqual({ identifier: sessionIdentifier(91), type: 'confirm_subscription' }),
      10_000,
    );
    await publish(hub, 'contact.91', 'welcome');
    await vi.waitFor(() => expect(messagesFor(client, sessionIdentifier(91))).toEqual(['welcome']), 10_000);
  });

  it('ends the subscriptions of a token that is revoked, and no others', async () => {
    const [gone, kept] = [await connect(), await connect()];
    await subscribe(gone, agentIdentifier(7));
    await subscribe(kept, agentIdentifier(5));
    const key = agentTokenKey(agentToken(7), account);
    await hub.tokens.delete(key);
    await revoke(hub, 'agents', key);
    await publish(hub, 'agents', 'after');
    await vi.waitFor(() => expect(messagesFor(kept, agentIdentifier(5))).toEqual(['after']), 10_000);
    await vi.waitFor(
      () => expect(gone.frames).toContainEqual({ identifier: agentIdentifier(7), type: 'reject_subscription' }),
      10_000,
    );
    expect(messagesFor(gone, agentIdentifier(7))).toEqual([]);
    gone.say({ command: 'subscribe', identifier: agentIdentifier(7) });
    await vi.waitFor(
      () => expect(gone.frames.filter(({ type }) => type === 'reject_subscription')).toHaveLength(2),
      10_000,
    );
  });
});

describe('a handshake', () => {
  it('that offers only actioncable-unsupported gets it back, and the socket is closed', async () => {
    const client = await connect('actioncable-unsupported');
    expect(client.socket.protocol).toBe('actioncable-unsupported');
    expect(await client.closed).toBe(1000);
    expect(client.frames.some(({ type }) => type === 'welcome')).toBe(false);
  });

  it('without an upgrade is told to make one', async () => {
    const response = await fetch(`${hub.http}/cable`);
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 426, title: 'Upgrade Required' });
  });
});

describe('the port', () => {
  it('has room for thousands that wait to be let in', async () => {
    const table = await readFile('/proc/net/tcp', 'utf8');
    const port = hub.gateway.port.toString(16).toUpperCase().padStart(4, '0');
    const LISTENING = '0A';
    const sockets = table.split('\n').filter((line) => {
      const [, local, , state] = line.trim().split(/\s+/);
      return local?.endsWith(`:${port}`) === true && state === LISTENING;
    });
    // At each, uWebSockets.js lets 512 wait.
    expect(sockets.length * 512).toBe(4_096);
  });
});

describe('health and metrics', () => {
  it('say that the gateway lives, is ready, and what it did', async () => {
    expect((await fetch(`${hub.http}/health/live`)).status).toBe(200);
    expect((await fetch(`${hub.http}/health/live`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${hub.http}/health/ready`)).status).toBe(200);
    expect(await metrics()).toMatch(/cablehub_gateway_commands_total\{command="subscribe",outcome="accepted"\} [1-9]/);
    expect((await fetch(`${hub.http}/elsewhere`)).status).toBe(404);
  });

  it('never hold a token or an identifier, and neither does the log', async () => {
    expect(hub.logged()).toContain('subscribed');
    for (const text of [await metrics(), hub.logged()]) {
      expect(text).not.toContain(agentToken(5));
      expect(text).not.toContain(sessionToken(11));
      expect(text).not.toContain('RoomChannel');
    }
  });
});

const metrics = async (): Promise<string> => (await fetch(`${hub.http}/metrics`)).text();
