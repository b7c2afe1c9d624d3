import { positionOf } from '@cablehub/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jetStreamCheckpoints } from './checkpoints.ts';
import type { NatsLink } from './connection.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { ensureStorage } from './storage.ts';

describe('checkpoint', () => {
  let nats: NatsFixture;
  let link: NatsLink;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
    await ensureStorage(link);
  });
  afterAll(async () => nats.close());

  it('is 0 before anything was published', async () => {
    expect(await (await jetStreamCheckpoints(link, 'projector.fresh')).get()).toBe(0);
  });

  it('is the last position put, also after NATS was killed', async () => {
    const checkpoints = await jetStreamCheckpoints(link, 'projector.0-63');
    await checkpoints.put(positionOf(41));
    await checkpoints.put(positionOf(9_007_199_254_740_991));
    await nats.kill();
    await nats.restart();
    const later = await jetStreamCheckpoints(await nats.link(), 'projector.0-63');
    expect(await later.get()).toBe(9_007_199_254_740_991);
  });

  it('is kept for each publisher', async () => {
    const [low, high] = [
      await jetStreamCheckpoints(link, 'projector.0-31'),
      await jetStreamCheckpoints(link, 'projector.32-63'),
    ];
    await low.put(positionOf(7));
    expect([await low.get(), await high.get()]).toEqual([7, 0]);
  });

  it('says when it was put, and everybody sees those of all', async () => {
    const [low, high] = [
      await jetStreamCheckpoints(link, 'projector.0-9'),
      await jetStreamCheckpoints(link, 'projector.10-19'),
    ];
    expect((await high.all()).has('projector.0-9')).toBe(false);
    await low.put(positionOf(7));
    const first = (await high.all()).get('projector.0-9')!;
    expect(first.position).toBe(7);
    expect(Math.abs(first.putAt - Date.now())).toBeLessThan(10_000);
    await high.put(positionOf(9));
    await low.put(positionOf(8));
    const all = await low.all();
    expect([all.get('projector.0-9')?.position, all.get('projector.10-19')?.position]).toEqual([8, 9]);
    expect(all.get('projector.0-9')!.putAt).toBeGreaterThanOrEqual(first.putAt);
  });
});
