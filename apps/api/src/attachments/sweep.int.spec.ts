import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newEvent } from '@cablehub/events/testing';
import { jetStreamAttachments, jetStreamLog } from '@cablehub/log';
import { memorySnapshots, natsFixture, type NatsFixture } from '@cablehub/log/testing';
import { followViews, viewFilesIn } from '@cablehub/projector';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { sweep, type SweepPorts } from './sweep.ts';

let folder: string;
let nats: NatsFixture;
const ending = new AbortController();
const following: Promise<void>[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cablehub-sweep-'));
  nats = await natsFixture();
});
afterAll(async () => {
  ending.abort();
  await Promise.all(following);
  await nats.close();
  await rm(folder, { recursive: true, force: true });
});

const replica = async (name: string) => {
  const link = await nats.link();
  const log = jetStreamLog(link);
  const files = viewFilesIn(join(folder, name));
  const views = followViews({ log, files, snapshots: memorySnapshots(), signal: ending.signal });
  following.push(views.ended);
  return { files: await jetStreamAttachments(link), log, views, untouchedMs: 0 } satisfies SweepPorts;
};

async function* some(bytes: number, before?: () => Promise<void>): AsyncGenerator<Uint8Array> {
  yield randomBytes(bytes);
  await before?.();
  yield randomBytes(bytes);
}
const file = (key: string, bytes = some(200_000)) => ({
  key,
  name: 'a.png',
  contentType: 'image/png',
  maxBytes: 1_000_000,
  bytes,
});

it('two replicas sweep the store at once, and leave what messages have', async () => {
  await nats.clear(await nats.link());
  const [one, other, dying] = [await replica('one'), await replica('two'), await nats.link()];
  for (const key of ['1_attached', '1_lost', '2_lost', 'of-somebody-else']) await one.files.put(file(key));
  const half = file(
    '1_half',
    some(200_000, () => dying.connection.close()),
  );
  await expect((await jetStreamAttachments(dying)).put(half)).rejects.toMatchObject({ code: 'nats_unavailable' });
  const attachments = [
    { id: 1, file_type: 'image', data_url: 'https://hub.example.com/attachments/1_attached.x/a.png' },
  ];
  const session = { id: 10, contact_id: 10, inbox_id: 1, source_id: 'ada', pubsub_token: 'a-token-of-the-session' };
  const events = [
    newEvent('inbox.created', { id: 1, name: 'Api', channel: 'Channel::Api' }),
    newEvent('contact.created', { id: 10, name: 'ada' }),
    newEvent('contact_inbox.created', session),
    newEvent('conversation.created', { id: 7, inbox_id: 1, contact_inbox_id: 10 }),
    newEvent('message.created', { id: 5, conversation_id: 7, message_type: 'incoming', attachments }),
  ];
  for (const event of events) expect(await one.log.append([{ event }])).toMatchObject([{ ok: true }]);
  for (const { views } of [one, other]) await vi.waitFor(() => expect(views.hasCaughtUp()).toBe(true), 10_000);

  const first = await Promise.all([one, other].map((ports) => sweep(ports, new Set())));
  const lost = ['1_half', '1_lost', '2_lost'];
  expect(first.map(({ removed, suspects }) => [removed, [...suspects].toSorted()])).toEqual([
    [[], lost],
    [[], lost],
  ]);
  const second = await Promise.all([one, other].map((ports, index) => sweep(ports, first[index]!.suspects)));
  expect([...new Set(second.flatMap(({ removed }) => removed))].toSorted()).toEqual(lost);
  expect((await one.files.list()).map(({ key }) => key).toSorted()).toEqual(['1_attached', 'of-somebody-else']);
  const kept = await one.files.get('1_attached');
  let bytes = 0;
  for await (const chunk of kept!.read()) bytes += chunk.length;
  expect(bytes).toBe(400_000);
});
