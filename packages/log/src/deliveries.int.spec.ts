import { positionOf, type AccountId, type UserId } from '@cablehub/events';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NatsLink } from './connection.ts';
import { jetStreamDeliveries, type Deliveries, type StoredDelivery } from './deliveries.ts';
import { everyone, type Audience, type Delivery, type HeardDelivery } from './delivery.ts';
import type { Lane } from './names.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';

const account = 7 as AccountId;
const payload = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const frame = (position: number, lane: Lane = 'agents', audience: Audience = everyone): Delivery => ({
  kind: 'frame',
  accountId: account,
  lane,
  position: positionOf(position),
  audience,
  payload: payload(`{"event":"${position}"}`),
});
const textOf = (delivery: HeardDelivery): string =>
  delivery.kind === 'frame' ? Buffer.from(delivery.payload).toString() : delivery.kind;

describe('deliveries', () => {
  let nats: NatsFixture;
  let link: NatsLink;
  let projector: Deliveries;
  let gateway: Deliveries;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
    [projector, gateway] = [jetStreamDeliveries(link), jetStreamDeliveries(await nats.link())];
  });
  afterAll(async () => nats.close());
  beforeEach(async () => nats.clear(link));

  const hear = async (lane: Lane = 'agents'): Promise<readonly HeardDelivery[]> => {
    const heard: HeardDelivery[] = [];
    await gateway.hear(account, lane, (delivery) => heard.push(delivery));
    return heard;
  };

  it('are heard in the order they were published in', async () => {
    const heard = await hear();
    const published = Array.from({ length: 200 }, (_, index) => frame(index + 1));
    await projector.publish(published.slice(0, 120));
    await projector.publish(published.slice(120));
    await vi.waitFor(() => expect(heard).toHaveLength(200), 10_000);
    expect(heard.map(textOf)).toEqual(published.map(({ position }) => `{"event":"${position}"}`));
  });

  it('are heard on their own lane and account alone', async () => {
    const [agents, session] = [await hear('agents'), await hear('contact.4')];
    await projector.publish([
      frame(1, 'contact.4'),
      { ...frame(2), accountId: 8 as AccountId },
      frame(3, 'contact.41'),
    ]);
    await projector.publish([frame(4), frame(5, 'contact.4')]);
    await vi.waitFor(() => expect([...session, ...agents]).toHaveLength(3), 10_000);
    expect(session.map(textOf)).toEqual(['{"event":"1"}', '{"event":"5"}']);
    expect(agents).toMatchObject([{ accountId: account, lane: 'agents' }]);
  });

  it('say their offset and that of the one before on the lane', async () => {
    const [agents, session] = [await hear('agents'), await hear('contact.4')];
    await projector.publish([frame(1), frame(1, 'contact.4'), frame(2), frame(3, 'contact.4')]);
    await vi.waitFor(() => expect([...session, ...agents]).toHaveLength(4), 10_000);
    expect(agents.map(({ stored }) => stored)).toEqual([
      { offset: 1, previous: 0 },
      { offset: 3, previous: 1 },
    ]);
    expect(session.map(({ stored }) => stored)).toEqual([
      { offset: 2, previous: 0 },
      { offset: 4, previous: 2 },
    ]);
  });

  it('are neither stored nor heard a second time', async () => {
    const heard = await hear();
    await projector.publish([frame(1), frame(2)]);
    await projector.publish([frame(1), frame(2), frame(3)]);
    await vi.waitFor(
      () => expect(heard.map(textOf)).toEqual(['{"event":"1"}', '{"event":"2"}', '{"event":"3"}']),
      10_000,
    );
    const manager = await link.connection.jetstreamManager();
    expect((await manager.streams.info('DELIVERIES')).state.messages).toBe(3);
  });

  it.each<Audience>([
    everyone,
    { kind: 'only', users: [1, 5] as UserId[] },
    { kind: 'only', users: [] },
    { kind: 'except', users: [9] as UserId[] },
  ])('carry their audience: %o', async (audience) => {
    const heard = await hear();
    await projector.publish([frame(1, 'agents', audience)]);
    projector.send({ accountId: account, lane: 'agents', audience, payload: payload('{}') });
    await vi.waitFor(() => expect(heard).toMatchObject([{ audience }, { audience }]), 10_000);
  });

  it('carry a revocation', async () => {
    const heard = await hear();
    const place = { accountId: account, lane: 'agents', position: positionOf(3) } as const;
    await projector.publish([{ ...place, kind: 'revocation', tokenKey: 'key.7' }]);
    const when = { stored: { offset: 1, previous: 0 }, publishedAt: expect.any(Number) };
    await vi.waitFor(
      () =>
        expect(heard).toEqual([{ accountId: account, lane: 'agents', kind: 'revocation', tokenKey: 'key.7', ...when }]),
      10_000,
    );
  });

  it('are not stored when sent to whoever listens now', async () => {
    const heard = await hear('contacts');
    projector.send({ accountId: account, lane: 'contacts', payload: payload('{"event":"typing"}') });
    await vi.waitFor(() => expect(heard).toMatchObject([{ stored: null, audience: everyone }]), 10_000);
    expect(heard.map(textOf)).toEqual(['{"event":"typing"}']);
    expect(await published()).toEqual([]);
  });

  it('are no longer heard once the hearing is stopped', async () => {
    const stopped: HeardDelivery[] = [];
    const hearing = await gateway.hear(account, 'agents', (delivery) => stopped.push(delivery));
    hearing.stop();
    const heard = await hear();
    await projector.publish([frame(1)]);
    await vi.waitFor(() => expect(heard).toHaveLength(1), 10_000);
    expect(stopped).toEqual([]);
  });

  it('are all heard that are published once the hearing has resolved', async () => {
    for (let position = 1; position <= 20; position++) {
      const lane: Lane = `contact.${position}`;
      const heard = await hear(lane);
      await projector.publish([frame(position, lane)]);
      await vi.waitFor(() => expect(heard).toHaveLength(1), 10_000);
    }
  });

  const published = async (since = 0): Promise<readonly StoredDelivery[]> => {
    const stored: StoredDelivery[] = [];
    for await (const delivery of projector.published(since)) stored.push(delivery);
    return stored;
  };

  it('are known afterwards by account, lane and position, in order, from a time on', async () => {
    expect(await published()).toEqual([]);
    await projector.publish([frame(4), frame(4, 'contact.1'), frame(9)]);
    const at = (position: number, lane: Lane) => ({ accountId: account, lane, position });
    const first = [at(4, 'agents'), at(4, 'contact.1'), at(9, 'agents')];
    expect(await published()).toEqual(first);
    expect(await published(Date.now() - 60_000)).toEqual(first);
    expect(await published(Date.now() + 60_000)).toEqual([]);
  });

  it('end in a fault while NATS is away, and can be published again when it is back', async () => {
    const heard = await hear();
    await nats.kill();
    await expect(projector.publish([frame(1)])).rejects.toMatchObject({ code: 'nats_unavailable' });
    await nats.restart();
    await projector.publish([frame(1), frame(2)]);
    await vi.waitFor(() => expect(heard.map(textOf)).toEqual(['{"event":"1"}', '{"event":"2"}']), 5_000);
  });
});
