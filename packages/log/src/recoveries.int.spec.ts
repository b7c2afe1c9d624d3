import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NatsLink } from './connection.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { jetStreamRecoveries, memoryRecoveries, type Memory, type Recoveries } from './recoveries.ts';
import { ensureStorage } from './storage.ts';

const withSocket = (memory: Memory | null, socket: string): Memory => ({
  epoch: 'e',
  sockets: [...(memory?.sockets ?? []), { socket, gateway: 'g', offset: 1, isLost: false }],
});
const remember = (recoveries: Recoveries, identifier: string, socket: string): Promise<readonly string[]> =>
  recoveries.change(identifier, (memory) => {
    const next = withSocket(memory, socket);
    return { memory: next, result: next.sockets.map((one) => one.socket) };
  });

let nats: NatsFixture;
let link: NatsLink;
beforeAll(async () => {
  nats = await natsFixture();
  link = await nats.link();
  await ensureStorage(link);
});
afterAll(() => nats.close());

describe.each([
  ['JetStream', () => jetStreamRecoveries(link)],
  ['memory', async () => memoryRecoveries()],
] as const)('what is remembered of sockets in %s', (_name, open) => {
  it('is kept for each identifier by itself', async () => {
    const recoveries = await open();
    await remember(recoveries, 'one', 'a');
    expect(await remember(recoveries, 'two', 'b')).toEqual(['b']);
    expect(await remember(recoveries, 'one', 'c')).toEqual(['a', 'c']);
    recoveries.stop();
  });

  it('loses no change when several are made at once', async () => {
    const recoveries = await open();
    const sockets = Array.from({ length: 8 }, (_, n) => String(n));
    await Promise.all(sockets.map((socket) => remember(recoveries, 'busy', socket)));
    const all = await remember(recoveries, 'busy', 'last');
    expect(all.toSorted()).toEqual([...sockets, 'last'].toSorted());
    recoveries.stop();
  });

  it('includes the floors of gateways', async () => {
    const recoveries = await open();
    await recoveries.sayFloor('g', { offset: 7, at: 1 });
    expect(recoveries.floors.get('g')).toEqual({ offset: 7, at: 1 });
    recoveries.stop();
  });
});

describe('the floors of gateways', () => {
  it('are heard by all others, also by one that starts later', async () => {
    const [one, other] = [await jetStreamRecoveries(link), await jetStreamRecoveries(link)];
    await one.sayFloor('heard', { offset: 9, at: 2 });
    await vi.waitFor(() => expect(other.floors.get('heard')).toEqual({ offset: 9, at: 2 }), 10_000);
    const later = await jetStreamRecoveries(link);
    await vi.waitFor(() => expect(later.floors.get('heard')).toEqual({ offset: 9, at: 2 }), 10_000);
    for (const recoveries of [one, other, later]) recoveries.stop();
  });

  it('keep no token: the key of an entry is a digest', async () => {
    const recoveries = await jetStreamRecoveries(link);
    await remember(recoveries, '{"pubsub_token":"a-very-secret-token"}', 'a');
    const keys: string[] = [];
    for await (const key of await (await link.connection.jetstream().views.kv('recoveries')).keys()) keys.push(key);
    expect(keys.join()).not.toContain('secret');
    recoveries.stop();
  });
});
