import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAttachments, inPieces } from './attachments.contract.ts';
import { jetStreamAttachments } from './attachments-jetstream.ts';
import type { NatsLink } from './connection.ts';
import { ATTACHMENTS_BUCKET, ATTACHMENTS_STREAM } from './names.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { attachmentsKey } from './signing-key.ts';

describe('attachments', () => {
  let nats: NatsFixture;
  let link: NatsLink;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
  });
  afterAll(async () => nats.close());

  const state = async () => (await (await link.connection.jetstreamManager()).streams.info(ATTACHMENTS_STREAM)).state;
  const file = (size: number, key = 'key') => ({
    key,
    name: 'a.bin',
    contentType: 'application/zip',
    maxBytes: 100_000_000,
    bytes: inPieces(randomBytes(size)),
  });

  describeAttachments('JetStream', async () => {
    await nats.clear(link);
    return { attachments: await jetStreamAttachments(link), keptBytes: async () => (await state()).bytes };
  });

  it('are objects as NATS’s own client reads them', async () => {
    await nats.clear(link);
    const bytes = randomBytes(700_000);
    await (await jetStreamAttachments(link)).put({ ...file(0, 'a-key'), bytes: inPieces(bytes) });
    const store = await link.connection.jetstream().views.os(ATTACHMENTS_BUCKET);
    expect(Buffer.from((await store.getBlob('a-key'))!).equals(bytes)).toBe(true);
    expect((await store.list()).map(({ name, size }) => [name, size])).toEqual([['a-key', 700_000]]);
  });

  it('are read at the pace of the reader', async () => {
    await nats.clear(link);
    const attachments = await jetStreamAttachments(link);
    await attachments.put(file(5_000_000));
    const before = link.connection.stats().inBytes;
    for await (const chunk of (await attachments.get('key'))!.read()) if (chunk.length > 0) break;
    await link.connection.flush();
    expect(link.connection.stats().inBytes - before).toBeLessThan(500_000);
  });

  it('list what is left of a file whose putting ended with its process, and remove it', async () => {
    await nats.clear(link);
    const dying = await nats.link();
    const putting = (await jetStreamAttachments(dying)).put({
      ...file(0, 'half'),
      bytes: (async function* () {
        yield* inPieces(randomBytes(300_000));
        await dying.connection.close();
        yield randomBytes(300_000);
      })(),
    });
    await expect(putting).rejects.toMatchObject({ code: 'nats_unavailable' });
    const attachments = await jetStreamAttachments(link);
    expect(await attachments.get('half')).toBeNull();
    const [left, ...others] = await attachments.list();
    expect([left?.key, others]).toEqual(['half', []]);
    expect(await left!.lastKeptAt()).toBeGreaterThan(0);
    await attachments.delete('half');
    expect([await left!.lastKeptAt(), (await state()).messages]).toEqual([null, 0]);
  });

  it('say when there is no room, and leave nothing behind', async () => {
    await nats.clear(link);
    const manager = await link.connection.jetstreamManager();
    const { config } = await manager.streams.info(ATTACHMENTS_STREAM);
    await manager.streams.update(ATTACHMENTS_STREAM, { ...config, max_bytes: 1_000_000 });
    const attachments = await jetStreamAttachments(link);
    expect(await attachments.put(file(3_000_000))).toEqual({ ok: false, reason: 'full' });
    expect((await state()).messages).toBe(0);
    expect(await attachments.put(file(300_000))).toMatchObject({ ok: true });
  });

  it('end in a fault when chunks are missing', async () => {
    await nats.clear(link);
    const attachments = await jetStreamAttachments(link);
    await attachments.put(file(300_000));
    await (await link.connection.jetstreamManager()).streams.deleteMessage(ATTACHMENTS_STREAM, 2);
    const reading = async () => {
      for await (const chunk of (await attachments.get('key'))!.read()) expect(chunk.length).toBeGreaterThan(0);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'file_damaged' });
  });

  it('have one key for all replicas, which is there after a restart', async () => {
    await nats.clear(link);
    const links = await Promise.all([1, 2, 3].map(() => nats.link()));
    const keys = await Promise.all(links.map(attachmentsKey));
    const [hex, ...others] = keys.map((key) => Buffer.from(key).toString('hex'));
    expect(hex).toMatch(/^[0-9a-f]{64}$/);
    expect(others).toEqual([hex, hex]);
    await nats.kill();
    await nats.restart();
    expect(Buffer.from(await attachmentsKey(link)).toString('hex')).toBe(hex);
  });

  it('end in a fault when NATS goes away under a slow sender, who alone hears of it', async () => {
    await nats.clear(link);
    const attachments = await jetStreamAttachments(link);
    const bytes = (async function* () {
      yield* inPieces(randomBytes(300_000));
      await nats.kill();
      yield* inPieces(randomBytes(3_000_000));
    })();
    await expect(attachments.put({ ...file(0), bytes })).rejects.toMatchObject({ code: 'nats_unavailable' });
    await nats.restart();
    expect(await attachments.get('key')).toBeNull();
  });
});
