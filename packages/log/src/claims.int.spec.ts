import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeClaims } from './claims.contract.ts';
import { jetStreamClaims } from './claims-jetstream.ts';
import type { NatsLink } from './connection.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';

describe('claims', () => {
  let nats: NatsFixture;
  let links: readonly NatsLink[];

  beforeAll(async () => {
    nats = await natsFixture();
    links = await Promise.all([1, 2, 3].map(() => nats.link()));
  });
  afterAll(async () => nats.close());

  describeClaims('JetStream', async (replicas) => {
    await nats.clear(links[0]!);
    return Promise.all(links.slice(0, replicas).map(jetStreamClaims));
  });

  it('end in a fault while NATS is away, and outlive it', async () => {
    await nats.clear(links[0]!);
    const claims = await jetStreamClaims(links[0]!);
    const { claim } = await claims.claim('1.x', 7);
    await nats.kill();
    const fault = { code: 'nats_unavailable' };
    await Promise.all([
      expect(claims.claim('1.y', 1)).rejects.toMatchObject(fault),
      expect(claims.get('1.x')).rejects.toMatchObject(fault),
      expect(claims.release('1.x', claim)).rejects.toMatchObject(fault),
    ]);
    await nats.restart();
    expect(await claims.get('1.x')).toEqual(claim);
  });
});
