import { describe, expect, it, vi } from 'vitest';
import { gatewaysOfEachTest } from './gateways.fixture.ts';
import {
  account,
  agentIdentifier,
  connectBare,
  messagesFor,
  publish,
  publishTo,
  sessionIdentifier,
  subscribe,
  type BareClient,
} from './testing.ts';

const { start } = gatewaysOfEachTest();

const come = async (url: string, identifier: string): Promise<BareClient> => {
  const client = await connectBare(url);
  await subscribe(client, identifier);
  return client;
};
const heard = (client: BareClient, identifier: string, ...messages: unknown[]) =>
  vi.waitFor(() => expect(messagesFor(client, identifier)).toEqual(messages), { timeout: 5_000 });
const cut = async (client: BareClient): Promise<void> => {
  client.socket.terminate();
  await client.closed;
};
const customer = sessionIdentifier(11);

describe('a base client that comes back', () => {
  it('to another replica is told what it missed, in order, after the confirm and before what is new', async () => {
    const { hub, other } = await start();
    const first = await come(hub.url, customer);
    await publish(hub, 'contact.11', 'had');
    await heard(first, customer, 'had');
    await cut(first);
    for (const missed of ['one', 'two', 'three']) await publish(hub, 'contact.11', missed);
    const second = await come(other.url, customer);
    await publish(hub, 'contact.11', 'new');
    await vi.waitFor(() => expect(messagesFor(second, customer).at(-1)).toBe('new'), { timeout: 5_000 });
    expect(messagesFor(second, customer).slice(-4)).toEqual(['one', 'two', 'three', 'new']);
  });

  it('is told again what it was told when it is cut off before it has proven to have it', async () => {
    const { hub, other } = await start();
    await cut(await come(hub.url, customer));
    for (const missed of ['one', 'two']) await publish(hub, 'contact.11', missed);
    await cut(await come(other.url, customer));
    await publish(hub, 'contact.11', 'three');
    await heard(await come(hub.url, customer), customer, 'one', 'two', 'three');
  });

  it('is told all it missed, however much that is', async () => {
    const { hub, other } = await start();
    await cut(await come(hub.url, customer));
    const long = 'x'.repeat(500_000);
    const numbers = Array.from({ length: 48 }, (_, index) => index);
    for (const n of numbers) await publish(hub, 'contact.11', [n, long]);
    const second = await come(other.url, customer);
    await vi.waitFor(() => expect(messagesFor(second, customer)).toHaveLength(48), { timeout: 15_000, interval: 250 });
    expect(messagesFor(second, customer).map((message) => (message as [number, string])[0])).toEqual(numbers);
  }, 30_000);

  it('is told only what its own audience may hear', async () => {
    const { hub, other } = await start();
    const identifier = agentIdentifier(5);
    await cut(await come(hub.url, identifier));
    const only = (user: number) => ({ kind: 'only', users: [user as never] }) as const;
    await publishTo(hub, { lane: 'agents', message: 'for six', audience: only(6) });
    await publishTo(hub, { lane: 'agents', message: 'for five', audience: only(5) });
    await heard(await come(other.url, identifier), identifier, 'for five');
  });

  it('is never given what another token missed', async () => {
    const { hub, other } = await start();
    await cut(await come(hub.url, customer));
    await publish(hub, 'contact.11', 'a secret');
    const stranger = await come(other.url, sessionIdentifier(12));
    await publish(hub, 'contact.12', 'own');
    await heard(stranger, sessionIdentifier(12), 'own');
    await heard(await come(other.url, customer), customer, 'a secret');
  });

  it('is never told typing or presence again', async () => {
    const { hub, other } = await start();
    await cut(await come(hub.url, customer));
    const payload = new TextEncoder().encode('"typing"');
    hub.deliveries.send({ accountId: account, lane: 'contact.11', payload });
    await publish(hub, 'contact.11', 'missed');
    await heard(await come(other.url, customer), customer, 'missed');
  });

  it('is told what it missed although the hub still believes in its old socket', async () => {
    const { hub, other } = await start();
    const first = await come(hub.url, customer);
    await publish(hub, 'contact.11', 'had');
    await heard(first, customer, 'had');
    const second = await come(other.url, customer);
    await heard(second, customer, 'had');
    first.socket.terminate();
  });

  it('is told what it missed although another with its identifier was lost too long ago', async () => {
    const { hub, other } = await start();
    const first = await come(hub.url, customer);
    await publish(hub, 'contact.11', 'had');
    await heard(first, customer, 'had');
    const second = await come(other.url, customer);
    await cut(first);
    await hub.purgeDeliveries();
    await cut(second);
    await publish(hub, 'contact.11', 'missed');
    await heard(await come(other.url, customer), customer, 'missed');
  });

  it('gets nothing again after it has unsubscribed', async () => {
    const { hub, other } = await start();
    const first = await come(hub.url, customer);
    first.say({ command: 'unsubscribe', identifier: customer });
    await cut(first);
    await publish(hub, 'contact.11', 'not wanted');
    const second = await come(other.url, customer);
    await publish(hub, 'contact.11', 'wanted');
    await heard(second, customer, 'wanted');
  });

  it('finds its gateway gone, and is told from what that had proven', async () => {
    const { hub, other } = await start();
    await come(other.url, customer);
    await other.stop();
    await publish(hub, 'contact.11', 'missed');
    await heard(await come(hub.url, customer), customer, 'missed');
  });

  it('gets only what is new where recovery is off', async () => {
    const { hub } = await start({ GATEWAY_RECOVERY: 'off' });
    await cut(await come(hub.url, customer));
    await publish(hub, 'contact.11', 'missed');
    const second = await come(hub.url, customer);
    await publish(hub, 'contact.11', 'new');
    await heard(second, customer, 'new');
  });
});
