import { natsSignals } from '@cablehub/log';
import { describe, expect, it, vi } from 'vitest';
import { changed, closed, digest, heartbeat, jane, john, subscribed, user } from './beats.fixture.ts';
import { limit, useHub } from './hub.fixture.ts';

const { start, append, addAgent, statuses, send, keepDigesting, hear, account, link } = useHub();

describe('the presence app', () => {
  it('gives a whole snapshot to a new subscriber, as it is documented', async () => {
    await addAgent(1);
    await start();
    const agents = await hear('agents');
    send(subscribed(), subscribed({ member: jane }));
    const data = { account_id: account(), users: { '1': 'online' }, contacts: { '12': 'online' } };
    await vi.waitFor(() => expect(agents.at(-1)?.frame).toEqual({ event: 'presence.update', data }), limit);
    const before = agents.length;
    send(subscribed({ sockets: 2 }));
    await vi.waitFor(
      () => expect(agents.slice(before)).toEqual([{ frame: { event: 'presence.update', data }, only: [1] }]),
      limit,
    );
  });

  it('answers heartbeats, to each member alone', async () => {
    await addAgent(1);
    await start();
    const [agents, contact] = [await hear('agents'), await hear('contact.120')];
    const answers = () => [agents.filter(({ only }) => only?.includes(1)).length, contact.length] as const;
    send(subscribed(), subscribed({ member: jane }));
    await vi.waitFor(() => expect(contact).toHaveLength(1), limit); // and with it, all that came before
    const [toJohn, toJane] = answers();
    send(heartbeat(), heartbeat({ member: jane }));
    await vi.waitFor(() => expect(answers()).toEqual([toJohn + 1, toJane + 1]), limit);
  });

  it('never tells customers of contacts', async () => {
    await addAgent(1);
    await start();
    const [contacts, contact] = [await hear('contacts'), await hear('contact.120')];
    send(subscribed(), subscribed({ member: jane }), heartbeat({ member: jane }));
    await vi.waitFor(() => expect([contacts.length, contact.length]).toEqual([1, 2]), limit);
    const data = { account_id: account(), users: { '1': 'online' } };
    for (const { frame } of [...contacts, ...contact]) expect(frame).toEqual({ event: 'presence.update', data });
  });

  it('tells an account of many changes at once and once more, with the last state', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const id of ids) await addAgent(id);
    await start();
    const agents = await hear('agents');
    send(...ids.map((id) => changed({ member: user(id) })));
    await vi.waitFor(() => expect(Object.keys(agents.at(-1)?.frame.data.users ?? {})).toHaveLength(20), limit);
    expect(agents.map(({ frame }) => Object.keys(frame.data.users).length)).toEqual([1, 20]);
  });

  it('tells that somebody lost their last socket, after the grace', async () => {
    await addAgent(1);
    await addAgent(2);
    await start();
    const agents = await hear('agents');
    send(subscribed(), subscribed({ member: user(2) }));
    await vi.waitFor(() => expect(agents.at(-1)?.frame.data.users).toEqual({ '1': 'online', '2': 'online' }), limit);
    send(closed({ member: user(2) }));
    await vi.waitFor(() => expect(agents.at(-1)?.frame.data.users).toEqual({ '1': 'online' }), limit);
  });

  it('shows what an agent chooses, and drops one who is removed', async () => {
    await addAgent(1);
    await start();
    const agents = await hear('agents');
    send(subscribed());
    await append('agent.updated', { user_id: 1, availability: 'busy' });
    await vi.waitFor(() => expect(agents.at(-1)?.frame.data.users).toEqual({ '1': 'busy' }), limit);
    await vi.waitFor(async () => expect((await statuses()).at(-1)).toEqual([1, 'busy']), limit);
    await append('agent.removed', { user_id: 1 });
    await vi.waitFor(() => expect(agents.at(-1)?.frame.data.users).toEqual({}), limit);
  });

  it('records in the log when an agent comes and when they have left', async () => {
    await addAgent(1);
    const { measured } = await start();
    send(subscribed());
    await vi.waitFor(async () => expect(await statuses()).toEqual([[1, 'online']]), limit);
    send(closed());
    await vi.waitFor(
      async () =>
        expect(await statuses()).toEqual([
          [1, 'online'],
          [1, 'offline'],
        ]),
      limit,
    );
    expect(await measured('availability_changes_total')).toBe(2);
    expect(await measured('lease_held')).toBe(1);
  });

  it('answers who is present', async () => {
    await addAgent(1);
    await start();
    send(subscribed(), subscribed({ member: jane }));
    await vi.waitFor(
      async () =>
        expect(await natsSignals(link()).askPresence(account())).toEqual({
          users: { '1': 'online' },
          contacts: { '12': 'online' },
        }),
      limit,
    );
  });

  it('ignores what is no beat', async () => {
    await addAgent(1);
    const { measured } = await start();
    const publish = (subject: string, text: string): void => link().connection.publish(subject, Buffer.from(text));
    publish(`beats.${account()}`, '{"kind":');
    publish(`beats.${account()}`, '{"kind":"changed","gateway":"a","member":{"kind":"user","userId":-1},"sockets":1}');
    publish(`beats.${account()}`, '{"kind":"party","gateway":"a"}');
    publish('beats.everybody', JSON.stringify(heartbeat()));
    publish('beats.-1', JSON.stringify(heartbeat()));
    send(heartbeat());
    await vi.waitFor(async () => expect(await measured('users')).toBe(1), limit);
    expect(await measured('beats_total')).toBe(1);
  });

  it('marks nobody offline when it is started again', async () => {
    await addAgent(1);
    await addAgent(2);
    const first = await start();
    keepDigesting(digest([john, user(2), jane]));
    await vi.waitFor(async () => expect(await statuses()).toHaveLength(2), limit);
    await first.stop();
    const agents = await hear('agents');
    await start();
    send(heartbeat());
    await vi.waitFor(() => expect(agents.length).toBeGreaterThan(0), limit);
    const data = { users: { '1': 'online', '2': 'online' }, contacts: { '12': 'online' } };
    for (const { frame } of agents) expect(frame.data).toMatchObject(data);
    expect(await statuses()).toHaveLength(2);
  });
});
