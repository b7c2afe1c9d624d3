import { positionOf, type AccountId } from '@cablehub/events';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NatsLink } from './connection.ts';
import { jetStreamDeliveries, type Deliveries } from './deliveries.ts';
import { everyone, type Delivery } from './delivery.ts';
import type { History, HistoryStart } from './history.ts';
import { memoryDeliveries } from './memory-deliveries.ts';
import type { Lane } from './names.ts';
import { waitingIn } from './history-jetstream.ts';
import { openStreamReader } from './stream-reader.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';

const account = 7 as AccountId;
const frame = (position: number, lane: Lane = 'agents'): Delivery => ({
  kind: 'frame',
  accountId: account,
  lane,
  position: positionOf(position),
  audience: everyone,
  payload: Uint8Array.from(Buffer.from(String(position))),
});

let nats: NatsFixture;
let link: NatsLink;
beforeAll(async () => {
  nats = await natsFixture();
  link = await nats.link();
});
afterAll(() => nats.close());

type Opened = {
  readonly deliveries: Deliveries;
  readonly forget: () => Promise<void>;
  readonly renew: () => Promise<void>;
};

const adapters: Readonly<Record<string, () => Promise<Opened>>> = {
  jetstream: async () => {
    await nats.clear(link);
    const purge = async () => (await link.connection.jetstreamManager()).streams.purge('DELIVERIES');
    return {
      deliveries: jetStreamDeliveries(link),
      forget: async () => void (await purge()),
      renew: () => nats.clear(link),
    };
  },
  memory: async () => {
    const deliveries = memoryDeliveries();
    return { deliveries, forget: async () => deliveries.age(), renew: async () => deliveries.renew() };
  },
};

describe.each(Object.entries(adapters))('the history of a lane (%s)', (_name, open) => {
  let opened: Opened;
  beforeEach(async () => void (opened = await open()));

  const read = async (
    start: HistoryStart,
    more: { upTo?: number; epoch?: string; lane?: Lane } = {},
  ): Promise<History> =>
    opened.deliveries.read({
      accountId: account,
      lane: 'agents',
      start,
      epoch: (await opened.deliveries.tail()).epoch,
      ...more,
    });
  const places = (history: History) => (history.ok ? history.deliveries.map(({ stored }) => stored) : history.reason);

  it('is what is stored after an offset, in order, each with the one before it', async () => {
    await opened.deliveries.publish([frame(1), frame(2, 'contact.4'), frame(3), frame(4), frame(5, 'contact.4')]);
    expect(await read({ after: 1 })).toMatchObject({
      ok: true,
      upTo: 5,
      isWhole: true,
      deliveries: [{ kind: 'frame' }, {}],
    });
    expect(places(await read({ after: 1 }))).toEqual([
      { offset: 3, previous: 1 },
      { offset: 4, previous: 3 },
    ]);
    expect(places(await read({ after: 0 }, { upTo: 3 }))).toEqual([
      { offset: 1, previous: 0 },
      { offset: 3, previous: 1 },
    ]);
    expect(await read({ after: 4 })).toEqual({ ok: true, deliveries: [], upTo: 5, isWhole: true });
  });

  it('is what was stored since a time', async () => {
    const since = Math.floor(Date.now() / 1_000) * 1_000;
    await opened.deliveries.publish([frame(1), frame(2)]);
    expect(places(await read({ since }))).toEqual([
      { offset: 1, previous: 0 },
      { offset: 2, previous: 1 },
    ]);
    expect(await read({ since: Date.now() + 60_000 })).toEqual({ ok: false, reason: 'future' });
    expect(await read({ since: since - 3_600_000 })).toEqual({ ok: false, reason: 'expired' });
  });

  it('is refused rather than read with a hole', async () => {
    await opened.deliveries.publish([frame(1), frame(2), frame(3)]);
    const since = Date.now() - 1_000;
    expect(await read({ after: 4 })).toEqual({ ok: false, reason: 'future' });
    expect(await read({ after: 0 }, { epoch: 'another' })).toEqual({ ok: false, reason: 'foreign_epoch' });
    await opened.forget();
    expect(await read({ after: 2 })).toEqual({ ok: false, reason: 'expired' });
    expect(await read({ after: 3 })).toEqual({ ok: true, deliveries: [], upTo: 3, isWhole: true });
    if (_name === 'memory') expect(await read({ since })).toEqual({ ok: false, reason: 'expired' });
  });

  it('is all that is kept after an offset when all that is not had been told', async () => {
    await opened.deliveries.publish([frame(1), frame(2, 'contact.4'), frame(3, 'contact.4')]);
    await opened.forget();
    await opened.deliveries.publish([frame(4), frame(5, 'contact.4'), frame(6)]);
    expect(await read({ after: 1 })).toEqual({ ok: false, reason: 'expired' });
    // Told until a time after the first that is kept: in the same millisecond it could not be known.
    await vi.waitFor(
      async () =>
        expect(places(await read({ after: 1, toldUntil: Date.now() }))).toEqual([
          { offset: 4, previous: 1 },
          { offset: 6, previous: 4 },
        ]),
      10_000,
    );
    expect(await read({ after: 1, toldUntil: Date.now() + 60_000 })).toEqual({ ok: false, reason: 'future' });
  });

  it('is read in parts when it is much', async () => {
    const all = Array.from({ length: 10_001 }, (_, index) => frame(index + 1));
    await opened.deliveries.publish(all);
    const part = await read({ after: 0 });
    expect(part).toMatchObject({ ok: true, upTo: 10_000, isWhole: false });
    expect(part.ok && part.deliveries).toHaveLength(10_000);
    expect(await read({ after: 10_000 })).toMatchObject({ ok: true, upTo: 10_001, isWhole: true });
    expect(await read({ after: 1 })).toMatchObject({ ok: true, upTo: 10_001, isWhole: true });
  }, 20_000);

  it('is of another epoch when the stream was made anew', async () => {
    const before = await opened.deliveries.tail();
    await opened.renew();
    const after = await opened.deliveries.tail();
    expect(after.epoch).not.toBe(before.epoch);
    expect(after.offset).toBe(0);
    expect(await read({ after: 0 }, { epoch: before.epoch })).toEqual({ ok: false, reason: 'foreign_epoch' });
  });
});

describe('a reading of a lane', () => {
  it('is a fault when less comes than there was', async () => {
    await nats.clear(link);
    await jetStreamDeliveries(link).publish([frame(1), frame(2)]);
    const reader = await openStreamReader(link, { stream: 'DELIVERIES', start: { after: 0 } });
    await (await link.connection.jetstreamManager()).streams.purge('DELIVERIES');
    const next = waitingIn(reader).next();
    await expect(next).rejects.toMatchObject({ code: 'nats_unavailable' });
    reader.close();
  }, 15_000);
});
