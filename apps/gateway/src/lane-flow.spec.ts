import { accountId, positionOf } from '@cablehub/events';
import { everyone, type HeardDelivery, type Lane } from '@cablehub/log';
import { memoryDeliveries } from '@cablehub/log/testing';
import { createMetrics } from '@cablehub/process';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Feed } from './feed.ts';
import { createLanes, type Listener } from './lanes.ts';
import { createGatewayMetrics } from './metrics.ts';
import { replay } from './replay.ts';

const account = accountId.parse(1);
const textOf = (delivery: HeardDelivery): string =>
  delivery.kind === 'frame' ? new TextDecoder().decode(delivery.payload) : delivery.kind;

/** Lanes over deliveries in memory, and a link that can be cut. */
const setUp = () => {
  // Few are read at once, so that most of what is missed comes in parts.
  const deliveries = memoryDeliveries(Date.now, 2);
  const watchers = new Set<(isUp: boolean) => void>();
  let isUp = true;
  const link = {
    isUp: () => isUp,
    onChange: (watcher: (isUp: boolean) => void) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
  const metrics = createGatewayMetrics(createMetrics());
  const lanes = createLanes({ deliveries, link, metrics });
  let position = 0;
  const turn = (up: boolean): void => {
    isUp = up;
    deliveries.deafen(!up);
    for (const watcher of watchers) watcher(up);
  };
  const publish = async (lane: Lane = 'agents'): Promise<void> => {
    position += 1;
    const payload = new TextEncoder().encode(String(position));
    const place = { accountId: account, lane, position: positionOf(position) };
    await deliveries.publish([{ ...place, kind: 'frame', audience: everyone, payload }]);
  };
  return { deliveries, lanes, metrics, turn, publish, stop: () => lanes.stop() };
};

const listening = () => {
  const heard: string[] = [];
  const lost = vi.fn();
  const listener: Listener = { hear: (delivery) => void heard.push(textOf(delivery)), lost };
  return { heard, lost, listener };
};

describe('a lane', () => {
  it('passes on what was missed before what shows the hole, each once', async () => {
    const { deliveries, lanes, publish, stop } = setUp();
    const { heard, listener } = listening();
    await lanes.join(account, ['agents'], listener);
    await publish();
    deliveries.deafen(true);
    for (let n = 0; n < 3; n++) await publish();
    deliveries.deafen(false);
    for (let n = 0; n < 2; n++) await publish();
    await vi.waitFor(() => expect(heard).toEqual(['1', '2', '3', '4', '5', '6']), 4_000);
    stop();
  });

  it('looks for what was missed at its end when NATS is back', async () => {
    const { lanes, publish, turn, stop } = setUp();
    const { heard, listener } = listening();
    await lanes.join(account, ['agents'], listener);
    turn(false);
    await publish();
    turn(true);
    await vi.waitFor(() => expect(heard).toEqual(['1']), 4_000);
    stop();
  });

  it('is lost when what was missed is no longer kept, and begins anew for whoever comes next', async () => {
    const { deliveries, lanes, publish, turn, stop } = setUp();
    const { heard, lost, listener } = listening();
    await lanes.join(account, ['agents'], listener);
    turn(false);
    await publish();
    deliveries.age();
    turn(true);
    await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), 4_000);
    expect(heard).toEqual([]);
    const next = listening();
    await lanes.join(account, ['agents'], next.listener);
    await publish();
    expect(next.heard).toEqual(['2']);
    stop();
  });

  it('is not lost when it was quiet while others were heard and what was before is no longer kept', async () => {
    const { deliveries, lanes, publish, turn, stop } = setUp();
    const quiet = listening();
    await lanes.join(account, ['contact.4'], quiet.listener);
    await lanes.join(account, ['agents'], listening().listener);
    for (let n = 0; n < 5; n++) await publish();
    deliveries.age();
    turn(false);
    await publish('contact.4');
    turn(true);
    await vi.waitFor(() => expect(quiet.heard).toEqual(['6']), 4_000);
    expect(quiet.lost).not.toHaveBeenCalled();
    stop();
  });

  it('is lost when the stream is another one', async () => {
    const { deliveries, lanes, turn, stop } = setUp();
    const { lost, listener } = listening();
    await lanes.join(account, ['agents'], listener);
    turn(false);
    deliveries.renew();
    turn(true);
    await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), 4_000);
    stop();
  });
});

describe('a subscription that comes back', () => {
  it('is told in order up to where what it missed was removed while it was told, and why no more', async () => {
    const { deliveries, lanes, metrics, publish, stop } = setUp();
    for (let n = 0; n < 5; n++) await publish();
    const told: string[] = [];
    const feed = new Feed({ pass: (delivery) => void told.push(textOf(delivery)), overflow: () => undefined });
    const { history } = await lanes.join(account, ['agents'], listening().listener);
    feed.begin(history.position());
    const room = async (): Promise<void> => deliveries.age();
    const target = { feed, history, outbox: { room }, metrics, signal: new AbortController().signal };
    expect(await replay(target, { after: 0 })).toBe('expired');
    expect(told).toEqual(['1', '2']);
    stop();
  });

  it('is told every frame once, in order, whatever is cut whenever', async () => {
    const steps = fc.array(fc.constantFrom('publish', 'publish', 'drop', 'back', 'down', 'up'), {
      maxLength: 40,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const { deliveries, lanes, metrics, publish, turn, stop } = setUp();
        const told: string[] = [];
        let last: number | null = null;
        const ends: (() => void)[] = [];
        const leave = (): void => ends.splice(0).forEach((end) => end());
        const subscribe = async (): Promise<void> => {
          const feed = new Feed({
            pass: (delivery) => {
              told.push(textOf(delivery));
              last = delivery.stored?.offset ?? last;
            },
            overflow: () => undefined,
          });
          const joined = await lanes.join(account, ['agents'], {
            hear: (delivery) => (delivery.kind === 'frame' ? feed.hear(delivery) : undefined),
            lost: () => undefined,
          });
          const { history } = joined;
          feed.begin(history.position());
          last ??= feed.from;
          const telling = replay(
            { feed, history, outbox: { room: async () => undefined }, metrics, signal: new AbortController().signal },
            { after: last },
          );
          await publish(); // live while the backlog goes out
          expect(await telling).toBe('confirmed');
          feed.release();
          ends.push(() => {
            feed.end();
            joined.stop();
          });
        };
        await subscribe();
        for (const what of sequence) {
          if (what === 'publish') await publish();
          if (what === 'drop') leave();
          if (what === 'back') {
            leave();
            turn(true);
            await subscribe();
          }
          if (what === 'down' || what === 'up') turn(what === 'up');
        }
        turn(true);
        leave();
        await subscribe();
        await vi.waitFor(() => expect(told).toEqual(deliveries.stored.map(({ position }) => String(position))), 4_000);
        stop();
      }),
      { numRuns: 50 },
    );
  });
});
