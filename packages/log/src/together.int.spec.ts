import type { AccountId, UserId } from '@cablehub/events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NatsLink } from './connection.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { natsSignals, type Beat } from './signals.ts';

describe('beats that are sent together', () => {
  let nats: NatsFixture;
  let link: NatsLink;
  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
  });
  afterAll(() => nats.close());

  const beat = (user: number): Beat => ({
    kind: 'heartbeat',
    gateway: 'g',
    member: { kind: 'user', userId: user as UserId },
    sockets: 1,
  });

  it('come in the order in which they were sent, and none is missing', async () => {
    const heard: Beat[] = [];
    await natsSignals(link).hearBeats((_account, signal) => void heard.push(signal));
    const { sendBeat } = natsSignals(await nats.link());
    const beats = Array.from({ length: 500 }, (_, index) => beat(index + 1));
    for (const one of beats) sendBeat(7 as AccountId, one);
    await vi.waitFor(() => expect(heard).toHaveLength(beats.length), 10_000);
    expect(heard).toEqual(beats);
  });

  it('are dropped when the connection closes before they go out', async () => {
    const closing = await nats.link();
    natsSignals(closing).sendBeat(7 as AccountId, beat(1));
    await expect(closing.close()).resolves.toBeUndefined();
  });
});
