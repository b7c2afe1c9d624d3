import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acknowledgedPublishing, type Outgoing } from './acknowledged.ts';
import type { NatsLink } from './connection.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { writtenHeaders } from './written-headers.ts';

const SOON_MS = 200;
const LATE_MS = 60_000;

describe('acknowledged publishing', () => {
  let nats: NatsFixture;
  let link: NatsLink;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
    const manager = await link.connection.jetstreamManager();
    await manager.streams.add({ name: 'PLACE', subjects: ['place.>'] });
  });
  afterAll(async () => nats.close());

  const message = (name: string, body = name): Outgoing => ({
    subject: `place.${name}`,
    headers: writtenHeaders({ 'Nats-Msg-Id': name }),
    body,
  });

  it('stores messages in the order given, and says where and whether they were there before', async () => {
    const { publish } = acknowledgedPublishing(link, LATE_MS);
    const many = Array.from({ length: 2_000 }, (_, index) => message(`m${index}`));
    const results = await publish(many);
    const first = results[0]?.ok ? results[0].sequence : 0;
    expect(results).toEqual(many.map((_, index) => ({ ok: true, sequence: first + index, duplicate: false })));
    expect(await publish([message('new'), message('m7')])).toEqual([
      { ok: true, sequence: first + 2_000, duplicate: false },
      { ok: true, sequence: first + 7, duplicate: true },
    ]);
  });

  it('answers several calls at once, each with its own', async () => {
    const { publish } = acknowledgedPublishing(link, LATE_MS);
    const [some, none, others] = await Promise.all([
      publish([message('a1'), message('a2')]),
      publish([]),
      publish([message('a2'), message('a3')]),
    ]);
    expect(some).toMatchObject([{ duplicate: false }, { duplicate: false }]);
    expect(none).toEqual([]);
    expect(others).toMatchObject([{ duplicate: true }, { duplicate: false }]);
  });

  it('fails a message alone that is refused, too large, or stored by nobody', async () => {
    const { publish } = acknowledgedPublishing(link, LATE_MS);
    const stale = writtenHeaders({ 'Nats-Expected-Last-Subject-Sequence': '999999' });
    expect(
      await publish([
        message('b1'),
        { subject: 'place.b2', headers: stale, body: '' },
        message('b3', 'x'.repeat(2_000_000)),
        { subject: 'nowhere', body: '' },
        message('b5'),
      ]),
    ).toMatchObject([
      { ok: true },
      { ok: false, cause: { api_error: { err_code: 10_071 } } },
      { ok: false, cause: { code: 'MAX_PAYLOAD_EXCEEDED' } },
      { ok: false, cause: { code: '503' } },
      { ok: true },
    ]);
  });

  it('fails what is not acknowledged in time, and keeps what was', async () => {
    link.connection.subscribe('silent', { callback: () => undefined });
    const { publish } = acknowledgedPublishing(link, SOON_MS);
    expect(await publish([message('c1'), { subject: 'silent', body: '' }])).toMatchObject([
      { ok: true },
      { ok: false, cause: { code: 'TIMEOUT' } },
    ]);
  });

  it('fails what is on its way at once when the connection is lost, and works again when it is back', async () => {
    link.connection.subscribe('silent', { callback: () => undefined });
    const { publish } = acknowledgedPublishing(link, LATE_MS);
    expect(await publish([message('d1')])).toMatchObject([{ ok: true }]);
    const cutOff = publish([{ subject: 'silent', body: '' }]);
    await nats.kill();
    const lost = [{ ok: false, cause: { code: 'DISCONNECT' } }];
    expect(await cutOff).toMatchObject(lost);
    expect(await publish([message('d2')])).toMatchObject(lost);
    await nats.restart();
    expect(await publish([message('d2')])).toMatchObject([{ ok: true, duplicate: false }]);
  });
});
