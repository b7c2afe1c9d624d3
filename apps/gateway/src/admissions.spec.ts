import { accountId, contactId, contactInboxId, userId } from '@cablehub/events';
import {
  agentTokenKey,
  contactTokenKey,
  everyone,
  type Deliveries,
  type Grant,
  type HeardDelivery,
  type Lane,
  type Tokens,
} from '@cablehub/log';
import { memoryDeliveries } from '@cablehub/log/testing';
import { createMetrics } from '@cablehub/process';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAdmissions, type Admit, type Asked } from './admissions.ts';
import { createLanes } from './lanes.ts';
import { createGatewayMetrics } from './metrics.ts';

const account = accountId.parse(1);
const agent: Grant = { kind: 'agent', accountId: account, userId: userId.parse(5) };
const session: Grant = {
  kind: 'contact',
  accountId: account,
  contactId: contactId.parse(7),
  contactInboxId: contactInboxId.parse(11),
};
const agentRoom = { kind: 'agent', pubsubToken: 'token-of-an-agent', accountId: 1, userId: 5 } as const;
const sessionRoom = { kind: 'contact', pubsubToken: 'token-of-a-session' } as const;
const agentKey = agentTokenKey(agentRoom.pubsubToken, account);

/** Lanes and tokens in memory, with a NATS that can go away. */
const world = () => {
  const grants = new Map<string, Grant>([
    [agentKey, agent],
    [contactTokenKey(sessionRoom.pubsubToken), session],
  ]);
  const heard = new Map<Lane, (delivery: HeardDelivery) => void>();
  const state = { opened: [] as Lane[], looks: 0, faults: 0, onOpen: (): void => undefined };
  const mayFail = (): void => {
    if (state.faults-- > 0) throw new Error('NATS is away');
  };
  const tokens: Tokens = {
    get: async (key) => {
      state.looks++;
      mayFail();
      return grants.get(key) ?? null;
    },
    put: async (key, value) => void grants.set(key, value),
    delete: async (key) => void grants.delete(key),
  };
  const hear: Deliveries['hear'] = async (_account, lane, listener) => {
    mayFail();
    state.opened.push(lane);
    state.onOpen();
    heard.set(lane, listener);
    return { stop: () => void heard.delete(lane) };
  };
  const metrics = createGatewayMetrics(createMetrics());
  const link = { isUp: () => true, onChange: () => () => undefined };
  const { tail, read } = memoryDeliveries();
  const lanes = createLanes({ deliveries: { hear, tail, read }, link, metrics });
  const admit = createAdmissions({ tokens, lanes, link, logger: pino({ level: 'silent' }), metrics });
  const deliver = (lane: Lane): void =>
    heard.get(lane)?.({
      accountId: account,
      lane,
      stored: null,
      kind: 'frame',
      audience: everyone,
      payload: new Uint8Array(),
    });
  return { admit, grants, heard, state, deliver };
};

type How = Partial<Pick<Asked, 'signal' | 'isPatient'>>;
const ask = (
  admit: Admit,
  room: Asked['room'],
  { signal = new AbortController().signal, isPatient = true }: How = {},
) => {
  const listener = vi.fn();
  const made = () => ({ hear: listener, lost: () => undefined });
  return { listener, answer: admit({ room, listener: made, isPatient, signal }) };
};

afterEach(() => void vi.useRealTimers());

describe('an admission', () => {
  it('opens the lane of agents to an agent, and two lanes to a customer session', async () => {
    const { admit, heard } = world();
    expect(await ask(admit, agentRoom).answer).toMatchObject({ ok: true, admission: { lanes: ['agents'] } });
    expect(await ask(admit, sessionRoom).answer).toMatchObject({
      ok: true,
      admission: { lanes: ['contact.11', 'contacts'] },
    });
    expect([...heard.keys()]).toEqual(['agents', 'contact.11', 'contacts']);
  });

  it('opens a lane once for many, and closes it after the last', async () => {
    const { admit, heard, state, deliver } = world();
    const [first, second] = [ask(admit, agentRoom), ask(admit, agentRoom)];
    const answers = await Promise.all([first.answer, second.answer]);
    expect(state.opened).toEqual(['agents']);
    deliver('agents');
    expect([first.listener, second.listener].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    for (const answer of answers) {
      expect(heard.size).toBe(1);
      if (answer.ok) answer.joined.stop();
    }
    await vi.waitFor(() => expect(heard.size).toBe(0), 4_000);
  });

  it('may be left twice without harm to who came after', async () => {
    const { admit, deliver } = world();
    const early = await ask(admit, agentRoom).answer;
    if (early.ok) early.joined.stop();
    const late = ask(admit, agentRoom);
    await late.answer;
    if (early.ok) early.joined.stop();
    deliver('agents');
    expect(late.listener).toHaveBeenCalledOnce();
    const later = ask(admit, agentRoom);
    await later.answer;
    deliver('agents');
    expect(late.listener).toHaveBeenCalledTimes(2);
  });

  it('is refused to a token revoked before the lane was live', async () => {
    const { admit, grants, heard, state } = world();
    state.onOpen = () => void grants.delete(agentKey);
    expect(await ask(admit, agentRoom).answer).toEqual({ ok: false, reason: 'revoked' });
    expect(heard.size).toBe(0);
  });

  it('is tried again until its token can be looked up', async () => {
    vi.useFakeTimers();
    const { admit, state } = world();
    state.faults = 3;
    const { answer } = ask(admit, agentRoom);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await answer).toMatchObject({ ok: true });
  });

  it('is tried again until all its lanes are open, and leaves none open meanwhile', async () => {
    vi.useFakeTimers();
    const { admit, heard, state } = world();
    state.onOpen = () => void (state.faults = 1); // so the second lane fails
    const { answer } = ask(admit, sessionRoom);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(heard.size).toBe(0);
    state.onOpen = () => undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await answer).toMatchObject({ ok: true });
    expect([...heard.keys()]).toEqual(['contact.11', 'contacts']);
  });

  it('is tried again when the second look fails, and listens once in the end', async () => {
    vi.useFakeTimers();
    const { admit, heard, state, deliver } = world();
    state.onOpen = () => {
      state.faults = state.opened.length === 1 ? 1 : 0;
    };
    const { answer, listener } = ask(admit, agentRoom);
    await vi.advanceTimersByTimeAsync(5_000);
    const admitted = await answer;
    deliver('agents');
    expect(listener).toHaveBeenCalledOnce();
    if (admitted.ok) admitted.joined.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.size).toBe(0);
  });

  it('is given up when nobody wants it any more', async () => {
    const { admit, heard, state } = world();
    state.faults = 1_000;
    const gone = new AbortController();
    const { answer } = ask(admit, agentRoom, { signal: gone.signal });
    gone.abort();
    await expect(answer).rejects.toThrow();
    expect(heard.size).toBe(0);
  });

  it('is granted to a token that was shown before it was written', async () => {
    const { admit, grants, state } = world();
    grants.delete(agentKey);
    const { answer } = ask(admit, agentRoom);
    await vi.waitFor(() => expect(state.looks).toBe(2), 4_000);
    grants.set(agentKey, agent);
    expect(await answer).toMatchObject({ ok: true });
  });

  it('is refused to a token that stays unknown, before a client asks again', async () => {
    const { admit, grants, heard } = world();
    grants.delete(agentKey);
    const { answer } = ask(admit, agentRoom);
    expect(await answer).toEqual({ ok: false, reason: 'unknown_token' });
    expect(heard.size).toBe(0);
  });

  it('is refused at once to a token that is unknown when nobody is patient', async () => {
    const { admit, grants, state } = world();
    grants.delete(agentKey);
    const { answer } = ask(admit, agentRoom, { isPatient: false });
    expect(await answer).toEqual({ ok: false, reason: 'unknown_token' });
    expect(state.looks).toBe(1);
  });

  it('does not wait for a token that nobody shows any more', async () => {
    const { admit, grants } = world();
    grants.delete(agentKey);
    const gone = new AbortController();
    const { answer } = ask(admit, agentRoom, { signal: gone.signal });
    gone.abort();
    await expect(answer).rejects.toThrow();
  });

  it('does not ask about what cannot be a token', async () => {
    const { admit, state } = world();
    state.faults = 1; // a look would meet it
    const { answer } = ask(admit, { kind: 'contact', pubsubToken: 'short' });
    expect(await answer).toEqual({ ok: false, reason: 'bad_token_format' });
  });
});
