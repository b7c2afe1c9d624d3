import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NatsLink } from './connection.ts';
import { describeCounters } from './counters.contract.ts';
import { jetStreamCounters } from './counters-jetstream.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';

describe('counters', () => {
  let nats: NatsFixture;
  let links: readonly NatsLink[];

  beforeAll(async () => {
    nats = await natsFixture();
    links = await Promise.all([1, 2, 3].map(() => nats.link()));
  });
  afterAll(async () => nats.close());

  describeCounters('JetStream', async (replicas) => {
    await nats.clear(links[0]!);
    return Promise.all(links.slice(0, replicas).map(jetStreamCounters));
  });

  it('end in a fault while NATS is away, and give nothing twice when it is back', async () => {
    await nats.clear(links[0]!);
    const counters = await jetStreamCounters(links[0]!);
    await counters.take('a', 5);
    await nats.kill();
    await expect(counters.take('a', 1)).rejects.toMatchObject({ code: 'nats_unavailable' });
    await nats.restart();
    expect(await counters.take('a', 1)).toBeGreaterThan(5);
  });
});
