import type { AccountId, ContactId, ContactInboxId, ConversationId, UserId } from '@cablehub/events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NatsLink } from './connection.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { natsSignals, type Beat, type ReplaySignal, type Signals, type Typing } from './signals.ts';

const account = 7 as AccountId;
const typing: Typing = {
  accountId: account,
  conversationId: 12 as ConversationId,
  status: 'on',
  typist: { kind: 'contact', contactInboxId: 4 as ContactInboxId },
  isPrivate: false,
};
const user = { kind: 'user', userId: 5 as UserId } as const;

describe('signals', () => {
  let nats: NatsFixture;
  let link: NatsLink;
  let here: Signals;
  let there: Signals;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
    [here, there] = [natsSignals(link), natsSignals(await nats.link())];
  });
  afterAll(async () => nats.close());

  const publish = (subject: string, body: string): void => link.connection.publish(subject, body);

  it('carry typing to whoever hears it', async () => {
    const heard: Typing[] = [];
    const hearing = await there.hearTyping((signal) => heard.push(signal));
    const byUser: Typing = { ...typing, status: 'off', typist: user, isPrivate: true };
    here.sendTyping(typing);
    here.sendTyping(byUser);
    await vi.waitFor(() => expect(heard).toEqual([typing, byUser]), 10_000);
    hearing.stop();
  });

  it('drop typing that does not read as such, or names another account than its subject', async () => {
    const heard: Typing[] = [];
    const hearing = await there.hearTyping((signal) => heard.push(signal));
    publish('signals.7.typing', 'not JSON');
    publish('signals.7.typing', '{"accountId":7}');
    publish('signals.8.typing', JSON.stringify(typing));
    here.sendTyping(typing);
    await vi.waitFor(() => expect(heard).toEqual([typing]), 10_000);
    hearing.stop();
  });

  it('carry beats with their account', async () => {
    const heard: [AccountId, Beat][] = [];
    const hearing = await there.hearBeats((from, beat) => heard.push([from, beat]));
    const beats: readonly Beat[] = [
      { kind: 'changed', gateway: 'a', member: user, sockets: 1, subscribed: true },
      { kind: 'heartbeat', gateway: 'a', member: user, sockets: 1 },
      { kind: 'digest', gateway: 'a', members: [{ member: user, sockets: 1 }] },
    ];
    publish('beats.7', '{"kind":"changed"}');
    for (const beat of beats) here.sendBeat(account, beat);
    await vi.waitFor(() => expect(heard).toEqual(beats.map((beat) => [account, beat])), 10_000);
    hearing.stop();
  });

  it('carry how far a replay is', async () => {
    const heard: ReplaySignal[] = [];
    const hearing = await there.hearReplays((signal) => heard.push(signal));
    const signal: ReplaySignal = {
      id: '0b9b3a5e-3f0c-4d55-9d54-0f4c9c1e1a01',
      by: 'replay',
      partitions: '0-63',
      state: 'running',
      from: 0,
      position: 5,
      upTo: 9,
      elapsedMs: 20,
    };
    publish('replays', JSON.stringify({ ...signal, position: -1 }));
    here.sendReplay(signal);
    await vi.waitFor(() => expect(heard).toEqual([signal]), 10_000);
    hearing.stop();
  });

  it('reach nobody who has stopped hearing', async () => {
    const heard: string[] = [];
    const stopped = await there.hearTyping(() => heard.push('stopped'));
    stopped.stop();
    const hearing = await there.hearTyping(() => heard.push('hearing'));
    here.sendTyping(typing);
    await vi.waitFor(() => expect(heard).toEqual(['hearing']), 10_000);
    hearing.stop();
  });
});

describe('presence question', () => {
  let nats: NatsFixture;
  let signals: Signals;

  beforeAll(async () => {
    nats = await natsFixture();
    signals = natsSignals(await nats.link());
  });
  afterAll(async () => nats.close());

  it('is answered for its account', async () => {
    const answering = await signals.answerPresence((asked) => ({
      users: { [asked as number as UserId]: 'busy' },
      contacts: { [3 as ContactId]: 'online' },
    }));
    expect(await signals.askPresence(account)).toEqual({ users: { 7: 'busy' }, contacts: { 3: 'online' } });
    answering.stop();
  });

  it('is left to the replica that answers', async () => {
    const silent = await signals.answerPresence(() => null);
    const speaking = await signals.answerPresence(() => ({ users: {}, contacts: {} }));
    expect(await signals.askPresence(account)).toEqual({ users: {}, contacts: {} });
    silent.stop();
    speaking.stop();
  });

  it('ends in a fault when nobody listens, or nobody answers', async () => {
    const fault = { code: 'nats_unavailable' };
    await expect(signals.askPresence(account)).rejects.toMatchObject(fault);
    const silent = await signals.answerPresence(() => null);
    await expect(signals.askPresence(account)).rejects.toMatchObject(fault);
    silent.stop();
  });
});
