import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  agentIdentifier,
  connectBare,
  grantAgent,
  grantSession,
  messagesFor,
  publish,
  sessionIdentifier,
  startTestHub,
  subscribe,
  type BareClient,
  type TestHub,
} from './testing.ts';

let hub: TestHub | undefined;
afterEach(async () => {
  await hub?.stop();
  hub = undefined;
});

const start = async (settings: Readonly<Record<string, string>> = {}): Promise<TestHub> => {
  hub = await startTestHub(settings);
  await grantAgent(hub, 5);
  await grantAgent(hub, 6);
  await grantSession(hub, 11);
  return hub;
};

const subscribed = async ({ url }: TestHub, identifier: string): Promise<BareClient> => {
  const client = await connectBare(url);
  await subscribe(client, identifier);
  return client;
};

const metric = async ({ http }: TestHub, line: string): Promise<string | undefined> =>
  (await (await fetch(`${http}/metrics`)).text()).split('\n').find((one) => one.startsWith(`cablehub_gateway_${line}`));

describe('a gateway that lost NATS', () => {
  it('is not ready, keeps its sockets, answers no subscribe, and goes on when NATS is back', async () => {
    const running = await start();
    const { http } = running;
    const before = await subscribed(running, agentIdentifier(5));
    await running.nats.stop();
    await vi.waitFor(async () => expect((await fetch(`${http}/health/ready`)).status).toBe(503), 10_000);
    expect((await fetch(`${http}/health/live`)).status).toBe(200);

    const during = await connectBare(running.url);
    during.say({ command: 'subscribe', identifier: agentIdentifier(6) });
    const pings = during.pings.length;
    await vi.waitFor(() => expect(during.pings.length).toBeGreaterThan(pings), { timeout: 5_000 });
    expect(during.frames).toEqual([{ type: 'welcome' }]);

    await running.restartNats();
    await vi.waitFor(async () => expect((await fetch(`${http}/health/ready`)).status).toBe(200), { timeout: 5_000 });
    const confirm = { identifier: agentIdentifier(6), type: 'confirm_subscription' };
    await vi.waitFor(() => expect(during.frames).toContainEqual(confirm), { timeout: 15_000 });
    await publish(running, 'agents', 'again');
    await vi.waitFor(() => expect(messagesFor(during, agentIdentifier(6))).toEqual(['again']), 10_000);
    await vi.waitFor(() => expect(messagesFor(before, agentIdentifier(5))).toEqual(['again']), 10_000);
  }, 40_000);
});

describe('a slow reader', () => {
  it('is dropped, and another gets everything', async () => {
    const running = await start();
    const slow = await subscribed(running, agentIdentifier(5));
    const quick = await subscribed(running, agentIdentifier(6));
    slow.socket.pause();
    const filler = 'x'.repeat(100_000);
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    for (const number of numbers) await publish(running, 'agents', { number, filler });
    await vi.waitFor(
      () =>
        expect(messagesFor(quick, agentIdentifier(6)).map((message) => (message as { number: number }).number)).toEqual(
          numbers,
        ),
      { timeout: 10_000 },
    );
    await vi.waitFor(
      async () => expect(await metric(running, 'sockets_closed_total{reason="too_slow"}')).toMatch(/ 1$/),
      10_000,
    );
    slow.socket.resume();
    await slow.closed;
    expect(messagesFor(slow, agentIdentifier(5)).length).toBeLessThan(200);
  });
});

describe('a burst', () => {
  it('reaches whoever reads late, whole and in order; who reads nothing is dropped, and nobody waits', async () => {
    const running = await start();
    const late = await subscribed(running, agentIdentifier(5));
    const stuck = await subscribed(running, agentIdentifier(5));
    const quick = await subscribed(running, agentIdentifier(6));
    for (const { socket } of [late, stuck]) socket.pause();
    const filler = 'x'.repeat(200_000);
    const numbers = Array.from({ length: 40 }, (_, number) => number);
    const heard = (client: BareClient, user: number) =>
      messagesFor(client, agentIdentifier(user)).map((message) => (message as { number: number }).number);
    await Promise.all(numbers.map((number) => publish(running, 'agents', { number, filler })));
    await vi.waitFor(() => expect(heard(quick, 6)).toEqual(numbers), { timeout: 10_000 });
    late.socket.resume();
    await vi.waitFor(() => expect(heard(late, 5)).toEqual(numbers), { timeout: 10_000 });
    const dropped = 'sockets_closed_total{reason="too_slow"}';
    await vi.waitFor(async () => expect(await metric(running, dropped)).toMatch(/ 1$/), { timeout: 25_000 });
    stuck.socket.resume();
    await stuck.closed;
    expect(late.socket.readyState).toBe(late.socket.OPEN);
  }, 60_000);
});

describe('beats', () => {
  it('tell presence of every change, every heartbeat, and everybody every few seconds', async () => {
    const running = await start();
    const { beats } = running;
    const member = { kind: 'contact', contactId: 1_011, contactInboxId: 11 };
    const first = await subscribed(running, sessionIdentifier(11));
    const second = await subscribed(running, sessionIdentifier(11));
    const changes = () => beats.filter(({ kind }) => kind === 'changed').map(({ gateway: _, ...rest }) => rest);
    const change = { kind: 'changed', member };
    await vi.waitFor(
      () =>
        expect(changes()).toEqual([
          { ...change, sockets: 1, subscribed: true },
          { ...change, sockets: 2, subscribed: true },
        ]),
      10_000,
    );

    const heartbeat = { command: 'message', identifier: sessionIdentifier(11), data: { action: 'update_presence' } };
    first.say(heartbeat);
    first.say({ ...heartbeat, data: JSON.stringify(heartbeat.data) });
    second.say({ ...heartbeat, data: JSON.stringify(heartbeat.data) });
    await vi.waitFor(
      async () => expect(await metric(running, 'commands_total{command="message",outcome="too_soon"}')).toMatch(/ 1$/),
      10_000,
    );
    await vi.waitFor(() => expect(beats.filter(({ kind }) => kind === 'heartbeat')).toHaveLength(2), 10_000);
    await vi.waitFor(
      () =>
        expect(beats).toContainEqual(expect.objectContaining({ kind: 'digest', members: [{ member, sockets: 2 }] })),
      { timeout: 8_000 },
    );

    second.say({ command: 'unsubscribe', identifier: sessionIdentifier(11) });
    first.socket.terminate();
    await vi.waitFor(() => expect(changes().at(-1)).toEqual({ ...change, sockets: 0, subscribed: false }), 10_000);
    expect(changes()).toContainEqual({ ...change, sockets: 1, subscribed: false });
    await vi.waitFor(async () => expect(await metric(running, 'lanes')).toBe('cablehub_gateway_lanes 0'), 10_000);
    await vi.waitFor(() => expect(beats.at(-1)).toMatchObject({ kind: 'digest', members: [] }), { timeout: 8_000 });
  });
});

describe('a stopping gateway', () => {
  it('tells its clients to come back, and is gone', async () => {
    const running = await start();
    const clients = [await subscribed(running, agentIdentifier(5)), await subscribed(running, sessionIdentifier(11))];
    await running.gateway.stop();
    for (const client of clients) {
      expect(await client.closed).toBe(1001);
      expect(client.frames.at(-1)).toEqual({ type: 'disconnect', reason: 'server_restart', reconnect: true });
    }
    await expect(connectBare(running.url)).rejects.toThrow('ECONNREFUSED');
    expect(running.beats.filter((beat) => beat.kind === 'changed' && beat.sockets === 0)).toHaveLength(2);
  });
});

describe('a limit', () => {
  it('ends a socket that never subscribes', async () => {
    const running = await start({ GATEWAY_IDLE_SECONDS: '1' });
    const idle = await connectBare(running.url);
    const busy = await subscribed(running, agentIdentifier(5));
    expect(await idle.closed).toBe(1000);
    expect(idle.frames.at(-1)).toEqual({ type: 'disconnect', reason: 'idle_timeout', reconnect: false });
    expect(busy.socket.readyState).toBe(busy.socket.OPEN);
  });

  it('refuses sockets beyond the most there may be', async () => {
    const running = await start({ GATEWAY_MAX_CONNECTIONS: '1' });
    await connectBare(running.url);
    await expect(connectBare(running.url)).rejects.toThrow('503');
  });

  it('refuses pages of other origins before the upgrade, and takes clients without an origin', async () => {
    const running = await start({ ALLOWED_ORIGINS: 'https://app.example.com' });
    await expect(connectBare(running.url, [], { origin: 'https://evil.example' })).rejects.toThrow('403');
    await connectBare(running.url, [], { origin: 'https://app.example.com' });
    await connectBare(running.url);
  });
});

describe('a port', () => {
  it('is not shared with another gateway', async () => {
    const running = await start();
    await expect(startTestHub({ PORT: String(running.gateway.port) })).rejects.toMatchObject({ code: 'cannot_listen' });
  });
});
