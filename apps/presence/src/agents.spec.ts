import { positionOf, type AccountId, type EventId, type NewEvent, type UserId } from '@cablehub/events';
import { memoryLog } from '@cablehub/log/testing';
import { describe, expect, it } from 'vitest';
import { createAgents } from './agents.ts';

const accountId = 1 as AccountId;
const john = 1 as UserId;

type Fact = Pick<NewEvent, 'type' | 'data'>;
const added = (data: { availability?: string; auto_offline?: boolean } = {}): Fact =>
  ({
    type: 'agent.added',
    data: { user_id: john, role: 'agent', availability: 'online', auto_offline: true, ...data },
  }) as Fact;
const updated = (data: object): Fact => ({ type: 'agent.updated', data: { user_id: john, ...data } }) as Fact;
const statusChanged = (availability: 'online' | 'busy' | 'offline'): Fact => ({
  type: 'agent.availability_changed',
  data: { user_id: john, availability },
});
const removed: Fact = { type: 'agent.removed', data: { user_id: john } };

const given = async (...facts: readonly Fact[]) => {
  const log = memoryLog();
  for (const [index, fact] of facts.entries())
    await log.append([
      { event: { ...fact, id: `e${index}` as EventId, accountId, time: '', source: '/test' } as NewEvent },
    ]);
  const agents = createAgents();
  for await (const entry of log.read()) agents.apply(entry);
  return agents.of(accountId).get(john) ?? null;
};

describe('agents', () => {
  it('have what they were added with, and are absent', async () => {
    const agent = { availability: 'busy', autoOffline: true, status: 'offline', position: positionOf(1) };
    expect(await given(added({ availability: 'busy' }))).toEqual(agent);
  });

  it('are from the start what they have chosen if absence changes nothing', async () =>
    expect(await given(added({ availability: 'busy', auto_offline: false }))).toMatchObject({ status: 'busy' }));

  it('keep what an update does not name', async () => {
    const facts = [added({ auto_offline: false }), statusChanged('online')];
    expect(await given(...facts, updated({ availability: 'busy' }))).toEqual({
      availability: 'busy',
      autoOffline: false,
      status: 'online',
      position: positionOf(3),
    });
    expect(await given(...facts, updated({ auto_offline: true }))).toMatchObject({
      autoOffline: true,
      status: 'online',
    });
  });

  it('have the status the log said last', async () =>
    expect(await given(added(), statusChanged('busy'), statusChanged('online'))).toMatchObject({ status: 'online' }));

  it('are not added twice, but the second event counts as the last about them', async () =>
    expect(await given(added(), added({ availability: 'busy' }))).toMatchObject({
      availability: 'online',
      position: positionOf(2),
    }));

  it('are forgotten when they are removed, with their status', async () => {
    expect(await given(added(), statusChanged('online'), removed)).toBeNull();
    expect(await given(added(), statusChanged('online'), removed, added())).toMatchObject({ status: 'offline' });
  });

  it('are not made by events about somebody who is none', async () =>
    expect(await given(updated({ availability: 'busy' }), statusChanged('online'), removed)).toBeNull());

  it('names the account whose agents are others now', async () => {
    const log = memoryLog();
    const about = { id: 'e' as EventId, accountId, time: '', source: '/test' };
    await log.append([
      { event: { ...about, ...added() } as NewEvent },
      { event: { ...about, id: 'f' as EventId, type: 'account.created', data: { name: 'Acme' } } },
    ]);
    const agents = createAgents();
    const named: unknown[] = [];
    for await (const entry of log.read()) named.push(agents.apply(entry));
    expect(named).toEqual([accountId, null]);
    expect([...agents.accounts()]).toEqual([accountId]);
  });
});
