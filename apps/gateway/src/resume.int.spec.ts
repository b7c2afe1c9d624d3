import { accountId, positionOf } from '@cablehub/events';
import { describe, expect, it, vi } from 'vitest';
import { gatewaysOfEachTest } from './gateways.fixture.ts';
import { agentIdentifier, connectBare, messagesFor, publish, startReplica, type BareClient } from './testing.ts';

const EXTENDED = ['actioncable-v1-ext-json'];
const identifier = agentIdentifier(5);
type Placed = {
  readonly stream_id: string;
  readonly epoch: string;
  readonly offset: number;
  readonly message: unknown;
};

const { start, ends, proxied } = gatewaysOfEachTest();

const placed = (client: BareClient): Placed[] =>
  client.texts.map((text) => JSON.parse(text) as Placed).filter((frame) => 'offset' in frame);

const answered = (client: BareClient, type: string) =>
  vi.waitFor(() => expect(client.frames).toContainEqual({ identifier, type }), { timeout: 5_000 });

const subscribed = async (url: string, history?: object): Promise<BareClient> => {
  const client = await connectBare(url, EXTENDED);
  client.say({ command: 'subscribe', identifier, ...(history === undefined ? {} : { history }) });
  await answered(client, 'confirm_subscription');
  return client;
};

const places = ({ stream_id, epoch, offset }: Placed) => ({ streams: { [stream_id]: { epoch, offset } } });
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => index + from);

describe('a client of the extended protocol', () => {
  it('is welcomed to a session, and is told the place of every stored frame and of no other', async () => {
    const { hub } = await start();
    const client = await subscribed(hub.url);
    expect(client.frames[0]).toEqual({ type: 'welcome', sid: expect.any(String) });
    await publish(hub, 'agents', 1);
    hub.deliveries.send({
      accountId: accountId.parse(1),
      lane: 'agents',
      payload: new TextEncoder().encode('"typing"'),
    });
    await vi.waitFor(() => expect(messagesFor(client, identifier)).toEqual([1, 'typing']), 10_000);
    expect(placed(client)).toEqual([
      { identifier, stream_id: expect.any(String), epoch: expect.any(String), message: 1, offset: 1 },
    ]);
  });

  it.each(['the same', 'another'])('gets all it missed once, in order, on %s gateway under load', async (which) => {
    const { hub, other } = await start();
    const first = await subscribed(hub.url);
    for (const n of numbers(1, 20)) await publish(hub, 'agents', n);
    await vi.waitFor(() => expect(placed(first)).toHaveLength(20), { timeout: 5_000 });
    first.socket.terminate();
    const load = (async () => {
      for (const n of numbers(21, 300)) await publish(hub, 'agents', n);
    })();
    const last = placed(first).at(-1) as Placed;
    const second = await subscribed(which === 'another' ? other.url : hub.url, { since: 1, ...places(last) });
    await load;
    await vi.waitFor(() => expect(messagesFor(second, identifier)).toEqual(numbers(21, 300)), { timeout: 5_000 });
    await answered(second, 'confirm_history');
    const kinds = second.frames.map(({ type }) => type).filter((type) => type !== 'pong');
    expect(kinds.slice(0, 2)).toEqual(['welcome', 'confirm_subscription']);
    expect(kinds.filter((type) => type === 'confirm_history')).toHaveLength(1);
    expect(placed(second)[0]?.stream_id).toBe(last.stream_id);
  });

  it('is told nothing twice when it asks again', async () => {
    const { hub } = await start();
    const client = await subscribed(hub.url);
    for (const n of numbers(1, 5)) await publish(hub, 'agents', n);
    await vi.waitFor(() => expect(placed(client)).toHaveLength(5), 10_000);
    client.say({ command: 'history', identifier, history: places(placed(client)[1] as Placed) });
    await answered(client, 'confirm_history');
    client.say({ command: 'history', identifier, history: { since: Math.floor(Date.now() / 1_000) - 30 } });
    client.say({ command: 'subscribe', identifier, history: places(placed(client)[0] as Placed) });
    await vi.waitFor(() => expect(client.frames.filter((one) => one.type?.endsWith('history'))).toHaveLength(2), 5_000);
    expect(messagesFor(client, identifier)).toEqual(numbers(1, 5));
  });

  it('gets what was stored since a time, on the base protocol as well', async () => {
    const { hub } = await start();
    const since = Math.floor(Date.now() / 1_000);
    for (const n of numbers(1, 3)) await publish(hub, 'agents', n);
    const extended = await subscribed(hub.url, { since });
    await answered(extended, 'confirm_history');
    expect(messagesFor(extended, identifier)).toEqual([1, 2, 3]);
    const base = await connectBare(hub.url);
    base.say({ command: 'subscribe', identifier, history: { since } });
    await answered(base, 'confirm_history');
    expect(base.frames.map(({ type }) => type)).toEqual([
      'welcome',
      'confirm_subscription',
      undefined,
      undefined,
      undefined,
      'confirm_history',
    ]);
  });

  it('gets what was stored since a time, however much that is', async () => {
    const { hub } = await start();
    const since = Math.floor(Date.now() / 1_000);
    // More than is read at once.
    const long = 'x'.repeat(500_000);
    for (const n of numbers(1, 12)) await publish(hub, 'agents', [n, long]);
    const client = await subscribed(hub.url, { since });
    await answered(client, 'confirm_history');
    expect(messagesFor(client, identifier).map((message) => (message as [number, string])[0])).toEqual(numbers(1, 12));
    expect(placed(client)).toHaveLength(12);
  });

  it('is refused, and told nothing, when it cannot be told all', async () => {
    const { hub } = await start();
    const client = await subscribed(hub.url);
    await publish(hub, 'agents', 1);
    await vi.waitFor(() => expect(placed(client)).toHaveLength(1), 10_000);
    const place = placed(client)[0] as Placed;
    const refused = [
      places({ ...place, epoch: 'another' }),
      places({ ...place, offset: 999 }),
      places({ ...place, stream_id: 'another' }),
      { streams: { ...places(place).streams, another: { epoch: place.epoch, offset: 1 } } },
      { since: Math.floor(Date.now() / 1_000) + 60 },
      { since: 1_000_000 },
      { since: 'yesterday' },
    ];
    for (const history of refused) {
      const again = await subscribed(hub.url, history);
      await answered(again, 'reject_history');
      expect(messagesFor(again, identifier)).toEqual([]);
      again.socket.terminate();
    }
  });

  it('is refused when what it missed is no longer kept', async () => {
    const { hub } = await start();
    const client = await subscribed(hub.url);
    for (const n of numbers(1, 3)) await publish(hub, 'agents', n);
    await vi.waitFor(() => expect(placed(client)).toHaveLength(3), 10_000);
    client.socket.terminate();
    await hub.purgeDeliveries();
    const again = await subscribed(hub.url, places(placed(client)[1] as Placed));
    await answered(again, 'reject_history');
    const whole = await subscribed(hub.url, places(placed(client)[2] as Placed));
    await answered(whole, 'confirm_history');
  });

  it('gets what it missed on a lane so quiet that its place is no longer kept, if its last ping is recent', async () => {
    const { hub, other } = await start();
    const client = await subscribed(hub.url);
    await publish(hub, 'agents', 'had');
    await vi.waitFor(() => expect(placed(client)).toHaveLength(1), 10_000);
    const { streams } = places(placed(client)[0] as Placed);
    client.socket.terminate();
    for (const n of numbers(1, 3)) await publish(hub, 'contact.11', n);
    await hub.purgeDeliveries();
    await publish(hub, 'agents', 'missed');
    const unsaid = await subscribed(other.url, { streams });
    await answered(unsaid, 'reject_history');
    const since = Math.floor(Date.now() / 1_000);
    const again = await subscribed(other.url, { since, streams });
    await answered(again, 'confirm_history');
    expect(messagesFor(again, identifier)).toEqual(['missed']);
    // Its clock is wrong by more than may be.
    const wrong = await subscribed(other.url, { since: since + 3_600, streams });
    await answered(wrong, 'reject_history');
  });

  it('is not pinged, but told that all is alive, while its gateway cannot know what it misses', async () => {
    const { hub } = await start();
    const client = await subscribed(hub.url);
    await vi.waitFor(() => expect(client.pings).not.toEqual([]), { timeout: 8_000 });
    await hub.nats.stop();
    await vi.waitFor(() => expect(client.frames).toContainEqual({ type: 'pong' }), { timeout: 8_000 });
    const { length } = client.pings;
    const pongs = () => client.frames.filter(({ type }) => type === 'pong').length;
    await vi.waitFor(() => expect(pongs()).toBeGreaterThan(1), { timeout: 8_000 });
    expect(client.pings).toHaveLength(length);
    await hub.restartNats();
    await vi.waitFor(() => expect(client.pings.length).toBeGreaterThan(length), { timeout: 15_000 });
  });

  it('is counted: how it resumed, and what was told again', async () => {
    const { hub } = await start();
    const client = await subscribed(hub.url);
    for (const n of numbers(1, 3)) await publish(hub, 'agents', n);
    await vi.waitFor(() => expect(placed(client)).toHaveLength(3), 10_000);
    await answered(await subscribed(hub.url, places(placed(client)[0] as Placed)), 'confirm_history');
    await answered(await subscribed(hub.url, { since: 1_000_000 }), 'reject_history');
    const page = await (await fetch(`${hub.http}/metrics`)).text();
    expect(page).toContain('cablehub_gateway_resumes_total{outcome="confirmed"} 1\n');
    expect(page).toContain('cablehub_gateway_resumes_total{outcome="expired"} 1\n');
    expect(page).toContain('cablehub_gateway_frames_replayed_total 2\n');
    expect(page).toContain('cablehub_gateway_delivery_seconds_count 3\n');
    expect(page).toContain('cablehub_gateway_delivery_seconds_bucket{le="60"} 3\n');
  });

  it('is sent away with a bare close when the gateway stops', async () => {
    const { other } = await start();
    const client = await subscribed(other.url);
    await other.stop();
    expect(await client.closed).toBe(1012);
    expect(client.frames.some(({ type }) => type === 'disconnect')).toBe(false);
  });
});

describe('a gateway cut off from NATS', () => {
  it('fills what it missed, in order, before what is newer', async () => {
    const { hub } = await start();
    const proxy = await proxied(Number(new URL(hub.nats.url).port));
    const cutOff = await startReplica(hub, `nats://127.0.0.1:${proxy.port}`);
    ends(() => cutOff.stop());
    const client = await subscribed(cutOff.url);
    for (const n of numbers(1, 300)) {
      await publish(hub, 'agents', n);
      if (n % 100 === 50) proxy.cut();
    }
    await vi.waitFor(() => expect(messagesFor(client, identifier)).toEqual(numbers(1, 300)), { timeout: 15_000 });
    const measured = await (await fetch(`http://127.0.0.1:${cutOff.gateway.port}/metrics`)).text();
    expect(measured).toMatch(/cablehub_gateway_gaps_total\{outcome="filled"\} [1-9]/);
    expect(measured).toMatch(/cablehub_gateway_deliveries_filled_total [1-9]/);
  }, 30_000);

  it('sends its clients away when what it missed is no longer kept', async () => {
    const { hub } = await start();
    const proxy = await proxied(Number(new URL(hub.nats.url).port));
    const cutOff = await startReplica(hub, `nats://127.0.0.1:${proxy.port}`);
    ends(() => cutOff.stop());
    const client = await subscribed(cutOff.url);
    proxy.refuse(true);
    proxy.cut();
    await publish(hub, 'agents', 1);
    await hub.purgeDeliveries();
    proxy.refuse(false);
    await client.closed;
    expect(client.frames.at(-1)).toEqual({ type: 'disconnect', reason: 'gap', reconnect: true });
    expect(messagesFor(client, identifier)).toEqual([]);
  }, 30_000);

  it('fills what it missed when NATS was killed and is back', async () => {
    const { hub } = await start();
    const client = await subscribed(hub.url);
    let isOver = false;
    let position = 1_000_000;
    const acknowledged: number[] = [];
    const publisher = (async () => {
      for (let n = 1; !isOver;) {
        const payload = new TextEncoder().encode(String(n));
        const place = { accountId: accountId.parse(1), lane: 'agents', position: positionOf(position + n) } as const;
        const isStored = await hub.deliveries
          .publish([{ ...place, kind: 'frame', audience: { kind: 'all' }, payload }])
          .then(
            () => true,
            () => false,
          );
        if (isStored) acknowledged.push(n++);
        // Without NATS it fails at once, and nothing else would ever have its turn.
        else await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(20), 10_000);
    await hub.nats.stop('SIGKILL');
    await hub.restartNats();
    const before = acknowledged.length;
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 50), { timeout: 15_000 });
    isOver = true;
    await publisher;
    await vi.waitFor(() => expect(messagesFor(client, identifier)).toEqual(acknowledged), { timeout: 15_000 });
  }, 40_000);
});
