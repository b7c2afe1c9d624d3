import { positionOf } from '@cablehub/events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NatsLink } from './connection.ts';
import { jetStreamLog } from './jetstream-log.ts';
import { all, contact, team } from './log.fixture.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { logState, rawAppender, readRaw, type AppendRaw, type RawEvent, type RecordedRawEvent } from './raw-events.ts';
import { ensureStorage } from './storage.ts';

const none = positionOf(0);
const text = new TextEncoder();
const future: RawEvent = {
  subject: 'events.1.1.robot.1',
  headers: { 'ce-type': 'robot.dreamt', 'ce-id': 'r1', 'Nats-Msg-Id': '1.r1', 'X-Other': 'kept' },
  body: text.encode('{"of": "electric sheep" }'),
};

describe('raw events', () => {
  let nats: NatsFixture;
  let link: NatsLink;
  let append: AppendRaw;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
    await ensureStorage(link);
    append = rawAppender(link);
  });
  afterAll(async () => nats.close());
  beforeEach(async () => nats.clear(link));

  const stored = async (): Promise<readonly RecordedRawEvent[]> => {
    const events: RecordedRawEvent[] = [];
    for await (const event of readRaw(link, none)) events.push(event);
    return events;
  };

  it('give a log that is read as the one they came from', async () => {
    const log = jetStreamLog(link);
    await log.append([{ event: team(1) }, { event: contact(2), expectedVersion: 0 }]);
    const [events, entries] = [await stored(), await all(log)];
    await nats.clear(link);
    await append(events, { after: none });
    const timeless = (list: readonly object[]) => list.map((one) => ({ ...one, recordedAt: 0 }));
    expect(timeless(await all(log))).toEqual(timeless(entries));
    expect(timeless(await stored())).toEqual(timeless(events));
  });

  it('keep what this hub cannot read, byte for byte', async () => {
    await append([future]);
    expect(await stored()).toMatchObject([{ subject: future.subject, headers: future.headers, position: 1 }]);
    expect(Buffer.from((await stored())[0]!.body).toString()).toBe('{"of": "electric sheep" }');
    expect(await all(jetStreamLog(link))).toMatchObject([{ type: 'unreadable' }]);
  });

  it('carry no order to NATS from their publisher, and take none', async () => {
    await jetStreamLog(link).append([{ event: team(1), expectedVersion: 0 }]);
    expect(Object.keys((await stored())[0]!.headers).filter((name) => name.startsWith('Nats-'))).toEqual([
      'Nats-Msg-Id',
    ]);
    await append([{ ...future, headers: { 'Nats-Expected-Last-Sequence': '77' } }]);
    expect(await stored()).toHaveLength(2);
  });

  it('are recognised when they are appended again', async () => {
    expect(await append([future])).toEqual([1]);
    expect(await append([future])).toEqual([1]);
    expect(await stored()).toHaveLength(1);
  });

  it('lie right behind a position, or are refused', async () => {
    const events = [1, 2, 3].map((id) => ({ ...future, headers: { 'Nats-Msg-Id': `1.r${id}` } }));
    expect(await append(events, { after: none })).toEqual([1, 2, 3]);
    await expect(
      append([{ ...future, headers: { 'Nats-Msg-Id': '1.r4' } }], { after: positionOf(2) }),
    ).rejects.toMatchObject({ code: 'not_appended' });
    expect(await stored()).toHaveLength(3);
  });

  it('that are too large name themselves', async () => {
    const large = { ...future, body: new Uint8Array(2_000_000) };
    await expect(append([large])).rejects.toThrow(/event 1\.r1 was not appended/);
  });

  it.each([
    ['a value of two lines', { headers: { 'X-Other': 'two\nlines' } }],
    ['a name that ends its line', { headers: { 'X: 1\r\nNats-Expected-Last-Sequence': '77' } }],
    ['a name with a blank', { headers: { 'X Other': '1' } }],
    ['no name', { headers: { '': '1' } }],
    ['a subject with a blank', { subject: 'events.1.1.robot arm.1' }],
    ['a subject that ends its line', { subject: 'events.1.1.robot.1\r\nPING' }],
    ['no subject', { subject: '' }],
  ])('that no message can carry name themselves, and none is appended: %s', async (_what, odd: Partial<RawEvent>) => {
    const event = { ...future, ...odd, headers: { ...odd.headers, 'Nats-Msg-Id': '1.r2' } };
    await expect(append([future, event])).rejects.toMatchObject({
      code: 'not_appended',
      message: expect.stringContaining('event 1.r2 was not appended'),
    });
    expect(link.isUp()).toBe(true);
    expect(await stored()).toEqual([]);
  });

  it('are told in order up to where the log goes, however many', async () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => `1.r${index}`);
    await append(ids.map((id) => ({ ...future, headers: { 'Nats-Msg-Id': id } })));
    const read = await stored();
    expect(read.map(({ headers }) => headers['Nats-Msg-Id'])).toEqual(ids);
    expect(read.at(-1)).toMatchObject({ position: 3_000, headers: { 'Nats-Msg-Id': '1.r2999' } });
  });

  it('say which log they are of', async () => {
    const before = await logState(link);
    await append([future]);
    expect(await logState(link)).toEqual({ createdAt: before.createdAt, lastPosition: 1 });
    expect(Date.parse(before.createdAt)).toBeGreaterThan(0);
  });
});
