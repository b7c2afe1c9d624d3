import { positionOf } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { headers } from 'nats';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NatsLink } from './connection.ts';
import { jetStreamLog } from './jetstream-log.ts';
import { describeEventLog } from './log.contract.ts';
import { all, follow, idsIn, positionsOf, team } from './log.fixture.ts';
import { EVENTS_STREAM } from './names.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { ensureStorage } from './storage.ts';

let nats: NatsFixture;
let link: NatsLink;

beforeAll(async () => {
  nats = await natsFixture();
  link = await nats.link();
});
afterAll(async () => nats.close());

describeEventLog('JetStream', async () => {
  await ensureStorage(link);
  const manager = await link.connection.jetstreamManager();
  return { log: jetStreamLog(link), close: async () => void (await manager.streams.delete(EVENTS_STREAM)) };
});

describe('JetStream log', () => {
  beforeEach(async () => nats.clear(link));

  const teams = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => ({ event: team(from + index) }));

  it('refuses an event that is too large, and takes the others of the call', async () => {
    const content = 'x'.repeat(150_000);
    const huge = newEvent('message.updated', { id: 1, content, sentiment: { text: 'x'.repeat(1_000_000) } });
    const log = jetStreamLog(link);
    const results = await log.append([{ event: huge }, { event: team(1) }]);
    expect(results).toMatchObject([{ ok: false, reason: 'too_large' }, { ok: true }]);
    expect(await idsIn(log)).toEqual([1]);
  });

  it('reads many large events, more than the server lets wait for one client', async () => {
    const log = jetStreamLog(link);
    const content = 'x'.repeat(150_000);
    for (let from = 1; from <= 700; from += 50) {
      const large = Array.from({ length: 50 }, (_, n) => newEvent('message.updated', { id: from + n, content }));
      await log.append(large.map((event) => ({ event })));
    }
    expect(await idsIn(log)).toHaveLength(700);
    const ended = new AbortController();
    let followed = 0;
    for await (const batch of log.follow({ signal: ended.signal })) {
      followed += batch.length;
      if (followed >= 700) ended.abort();
    }
    expect(followed).toBe(700);
  });

  it('leaves entries in the log while their follower is slow', async () => {
    const log = jetStreamLog(link);
    for (let from = 1; from <= 10_000; from += 1_000) await log.append(teams(from, from + 999));
    const { inMsgs } = link.connection.stats();
    for await (const batch of log.follow({ signal: new AbortController().signal, maxBatch: 10 })) {
      expect(batch.length).toBeLessThanOrEqual(10);
      // A round trip behind everything that is on its way.
      for (let trip = 0; trip < 20; trip++) await link.connection.flush();
      break;
    }
    expect(link.connection.stats().inMsgs - inMsgs).toBeLessThan(2_000);
  });

  it('leaves no consumer behind when a reader ends', async () => {
    const log = jetStreamLog(link);
    await log.append(teams(1, 3));
    await all(log);
    const follower = follow(log);
    await follower.until(3);
    await follower.end();
    const manager = await link.connection.jetstreamManager();
    await vi.waitFor(async () => {
      expect((await manager.streams.info(EVENTS_STREAM)).state.consumer_count).toBe(0);
    }, 10_000);
  });

  it('ends in a fault where there is no stream', async () => {
    const log = jetStreamLog(link);
    const manager = await link.connection.jetstreamManager();
    await manager.streams.delete(EVENTS_STREAM);
    await expect(all(log)).rejects.toMatchObject({ code: 'log_unreadable' });
    await expect(follow(log).until(1)).rejects.toMatchObject({ code: 'log_unreadable' });
  });

  it('keeps the place of what it cannot read', async () => {
    const log = jetStreamLog(link);
    const [before] = positionsOf(await log.append([{ event: team(1) }]));
    const byHand = async (type: string, version: string, body: string): Promise<void> => {
      const said = headers();
      for (const [name, value] of Object.entries({ 'ce-id': 'x', 'ce-type': type, 'ce-schemaversion': version }))
        said.set(name, value);
      await link.connection.jetstream().publish('events.1.1.message.1', body, { headers: said });
    };
    await byHand('message.translated', '1', '{}');
    await byHand('message.created', '2', 'not JSON');
    await byHand('message.created', '2', '[1]');
    await byHand('message.created', '99', '{}');
    await byHand('message.created', '', '{}');
    const [after] = positionsOf(await log.append([{ event: team(2) }]));

    const entries = await all(log);
    expect(entries.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([entries[0]?.position, entries[6]?.position]).toEqual([before, after]);
    expect(entries.slice(1, 6)).toEqual(
      [
        'unknown event type "message.translated"',
        'the data of message.created is not a JSON object',
        'the data of message.created is not a JSON object',
        'message.created has schema version 99; this hub reads up to 2',
        'message.created does not say its schema version',
      ].map((reason, index) => ({
        type: 'unreadable',
        accountId: 1,
        position: index + 2,
        recordedAt: expect.any(Number),
        reason,
      })),
    );
  });

  it('follows on after NATS was killed and came back, without a hole and nothing twice', async () => {
    const log = jetStreamLog(link);
    const appended = [...positionsOf(await log.append(teams(1, 500)))];
    const follower = follow(log, { maxBatch: 7 });
    await follower.until(100);
    await nats.kill();
    await nats.restart();
    appended.push(...positionsOf(await log.append(teams(501, 520))));
    await follower.until(520);
    expect(await follower.end()).toEqual(appended);
  });

  it('begins to follow when NATS comes, and ends on its signal while NATS is away', async () => {
    const log = jetStreamLog(link);
    const [first] = positionsOf(await log.append([{ event: team(1) }]));
    await nats.kill();
    const [patient, impatient] = [follow(log), follow(log)];
    expect(await impatient.end()).toEqual([]);
    await nats.restart();
    await patient.until(1);
    expect(await patient.end()).toEqual([first]);
  });

  it('answers unconfirmed while NATS is away, and the same append again finds its event', async () => {
    const log = jetStreamLog(link);
    await nats.kill();
    const event = team(1);
    await Promise.all([
      expect(log.append([{ event }, { event: team(2), expectedVersion: 0 }])).resolves.toMatchObject([
        { ok: false, reason: 'unconfirmed' },
        { ok: false, reason: 'not_attempted' },
      ]),
      expect(all(log)).rejects.toMatchObject({ code: 'nats_unavailable' }),
    ]);
    await nats.restart();
    expect(await log.append([{ event }])).toMatchObject([{ ok: true }]);
    expect(await idsIn(log, { after: positionOf(0) })).toEqual([1]);
  });
});
