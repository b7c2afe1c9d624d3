import { createCable } from '@anycable/core';
import { agentTokenKey } from '@cablehub/log';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  account,
  agentToken,
  grantAgent,
  grantSession,
  publish,
  revoke,
  sessionToken,
  startTestHub,
  type TestHub,
} from './testing.ts';

let hub: TestHub;

beforeAll(async () => {
  // Rails' client is made for browsers: it looks for a window that tells when it is hidden.
  Object.assign(globalThis, {
    self: globalThis,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    document: { visibilityState: 'visible' },
  });
  hub = await startTestHub({ GATEWAY_RECOVERY: 'off' });
  await grantAgent(hub, 5);
  await grantSession(hub, 11);
});
afterAll(() => hub.stop());

const agentParams = { channel: 'RoomChannel', pubsub_token: agentToken(5), account_id: 1, user_id: 5 };
const sessionParams = { channel: 'RoomChannel', pubsub_token: sessionToken(11) };
const wrongParams = { channel: 'RoomChannel', pubsub_token: 'a-token-of-nobody-at-all' };

const callbacks = () => ({ connected: vi.fn(), disconnected: vi.fn(), rejected: vi.fn(), received: vi.fn() });

const loadRails = {
  'of today': async () => (await import('@rails/actioncable')).default,
  'of Rails 7.0': async () => (await import('actioncable-7-0')).default,
};

describe.each(Object.entries(loadRails))('the @rails/actioncable client %s', (_version, load) => {
  const ends: (() => void)[] = [];
  afterEach(() => ends.splice(0).forEach((end) => end()));

  const consumer = async () => {
    const ActionCable = await load();
    ActionCable.adapters.WebSocket = WebSocket;
    const made = ActionCable.createConsumer(hub.url);
    ends.push(() => made.disconnect());
    return made;
  };

  it('is connected and receives what its lanes bring', async () => {
    const { subscriptions } = await consumer();
    const [agent, session] = [callbacks(), callbacks()];
    subscriptions.create(agentParams, agent);
    subscriptions.create(sessionParams, session);
    await vi.waitFor(() => expect(agent.connected).toHaveBeenCalledOnce(), 10_000);
    await vi.waitFor(() => expect(session.connected).toHaveBeenCalledOnce(), 10_000);
    await publish(hub, 'agents', { event: 'contact.created' });
    await publish(hub, 'contact.11', { event: 'message.created' });
    await vi.waitFor(() => expect(session.received.mock.calls).toEqual([[{ event: 'message.created' }]]), 10_000);
    expect(agent.received.mock.calls).toEqual([[{ event: 'contact.created' }]]);
  });

  it('is told that a token is worth nothing', async () => {
    const { subscriptions } = await consumer();
    const nobody = callbacks();
    subscriptions.create(wrongParams, nobody);
    await vi.waitFor(() => expect(nobody.rejected).toHaveBeenCalledOnce(), 10_000);
    expect(nobody.connected).not.toHaveBeenCalled();
  });

  it('is told that its token was revoked after it was connected', async () => {
    await grantAgent(hub, 8);
    const { subscriptions } = await consumer();
    const agent = callbacks();
    subscriptions.create({ ...agentParams, pubsub_token: agentToken(8), user_id: 8 }, agent);
    await vi.waitFor(() => expect(agent.connected).toHaveBeenCalledOnce(), 10_000);
    await revoke(hub, 'agents', agentTokenKey(agentToken(8), account));
    await vi.waitFor(() => expect(agent.rejected).toHaveBeenCalledOnce(), 10_000);
  });

  it('connects a second object with the identifier of the first', async () => {
    const { subscriptions } = await consumer();
    const [first, second] = [callbacks(), callbacks()];
    subscriptions.create(agentParams, first);
    await vi.waitFor(() => expect(first.connected).toHaveBeenCalled(), 10_000);
    subscriptions.create(agentParams, second);
    await vi.waitFor(() => expect(second.connected).toHaveBeenCalled(), { timeout: 3_000 });
  });

  it('makes its heartbeat heard', async () => {
    const { subscriptions } = await consumer();
    const session = callbacks();
    const subscription = subscriptions.create(sessionParams, session);
    await vi.waitFor(() => expect(session.connected).toHaveBeenCalled(), 10_000);
    hub.beats.length = 0;
    subscription.perform('update_presence');
    await vi.waitFor(
      () => expect(hub.beats).toContainEqual(expect.objectContaining({ kind: 'heartbeat', sockets: 1 })),
      10_000,
    );
  });
});

describe('the @anycable/core client on the base protocol', () => {
  const connect = () => createCable(hub.url, { websocketImplementation: WebSocket, logLevel: 'error' });

  it('is connected and receives what its lane brings', async () => {
    const cable = connect();
    const channel = cable.subscribeTo('RoomChannel', { pubsub_token: agentToken(5), account_id: 1, user_id: 5 });
    const received = vi.fn();
    channel.on('message', (message) => void received(message));
    await channel.ensureSubscribed();
    await publish(hub, 'agents', { event: 'contact.updated' });
    await vi.waitFor(() => expect(received.mock.calls).toEqual([[{ event: 'contact.updated' }]]), 10_000);
    cable.disconnect();
  });

  it('is told that a token is worth nothing', async () => {
    const cable = connect();
    const channel = cable.subscribeTo('RoomChannel', { pubsub_token: 'a-token-of-nobody-at-all' });
    await expect(channel.ensureSubscribed()).rejects.toThrow();
    cable.disconnect();
  });
});
