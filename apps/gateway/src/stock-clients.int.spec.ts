import * as core from '@anycable/core';
import * as web from '@anycable/web';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { gatewaysOfEachTest } from './gateways.fixture.ts';
import { agentToken, publish } from './testing.ts';

const { start, ends, proxied } = gatewaysOfEachTest();
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => index + from);

/** What the web client looks for: pages that are hidden, frozen and online again. */
const page = { addEventListener: () => undefined, removeEventListener: () => undefined };

describe.each([
  ['@anycable/core', core.createCable],
  ['@anycable/web', web.createCable],
])('the stock %s client on the extended protocol', (name, createCable) => {
  beforeEach(() => {
    if (name !== '@anycable/web') return;
    vi.stubGlobal('window', page);
    vi.stubGlobal('document', { ...page, hidden: false });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('gets every message once, in order, through cuts, on the same gateway and on another', async () => {
    const { hub, other } = await start();
    const proxy = await proxied(hub.gateway.port);
    const cable = createCable(`ws://127.0.0.1:${proxy.port}/cable`, {
      protocol: 'actioncable-v1-ext-json',
      websocketImplementation: WebSocket,
      logLevel: 'error',
      reconnectStrategy: () => 50,
    });
    ends(() => cable.disconnect());
    const channel = cable.subscribeTo('RoomChannel', { pubsub_token: agentToken(5), account_id: 1, user_id: 5 });
    const received: unknown[] = [];
    const infos: unknown[] = [];
    channel.on('message', (message) => void received.push((message as unknown as { n: number }).n));
    channel.on('info', ({ type }: { type: string }) => void infos.push(type));
    await channel.ensureSubscribed();
    for (const [cut, port] of [other, hub, hub, other].map(({ gateway }, index) => [index, gateway.port] as const)) {
      for (const n of numbers(1, 40)) await publish(hub, 'agents', { n: cut * 80 + n });
      proxy.passTo(port);
      proxy.cut();
      for (const n of numbers(41, 80)) await publish(hub, 'agents', { n: cut * 80 + n });
      // It asks again only after five seconds when an answer is late.
      await vi.waitFor(() => expect(received).toEqual(numbers(1, cut * 80 + 80)), { timeout: 20_000 });
    }
    await vi.waitFor(
      () => expect(infos).toEqual(Array.from({ length: infos.length }, () => 'history_received')),
      10_000,
    );
    expect(infos.length).toBeGreaterThanOrEqual(4);
  }, 100_000);
});
