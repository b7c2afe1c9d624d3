import type { AccountId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { changed, closed, digest, heartbeat, jane, john, subscribed, user } from './beats.fixture.ts';
import { accountId, given, online, ready, timing } from './presence.fixture.ts';
import { createPresence } from './presence.ts';

describe('presence', () => {
  it('tells the whole account when the first agent comes, and so the subscriber too', () => {
    const hub = given();
    hub.hear(subscribed());
    expect(hub.told()).toEqual([
      ['agents', online(1), []],
      ['contacts', online(1)],
    ]);
  });

  it('tells agents of a customer, and customers nothing of customers', () => {
    const hub = given();
    hub.hear(subscribed({ member: jane }));
    expect(hub.told()).toEqual([
      ['agents', {}, ['12']],
      ['contact.120', {}],
    ]);
  });

  it('answers a subscriber who changes nothing, and them alone', () => {
    const hub = given();
    hub.hear(subscribed());
    hub.hear(subscribed({ member: jane }));
    hub.after(2_000);
    hub.told();
    hub.hear(subscribed({ sockets: 2 }));
    hub.hear(subscribed({ member: jane, sockets: 2 }));
    expect(hub.told()).toEqual([
      ['user 1', online(1), ['12']],
      ['contact.120', online(1)],
    ]);
  });

  it('answers a heartbeat, and the member alone', () => {
    const hub = given();
    hub.hear(subscribed());
    hub.after(30_000, { digests: digest([john]) });
    hub.told();
    hub.hear(heartbeat());
    expect(hub.told()).toEqual([['user 1', online(1), []]]);
  });

  it('tells nobody when sockets change and nobody comes or goes', () => {
    const hub = given();
    hub.hear(subscribed());
    hub.after(2_000);
    hub.told();
    hub.hear(changed({ sockets: 2 }));
    hub.hear(digest([john]));
    hub.after(2_000);
    expect(hub.told()).toEqual([]);
  });

  it('tells the whole account at most once a second, the last time with the last state', () => {
    const hub = given({ 1: 'offline', 2: 'offline', 3: 'offline' });
    hub.hear(subscribed());
    hub.told();
    hub.after(250);
    hub.hear(changed({ member: user(2) }));
    hub.after(250);
    hub.hear(changed({ member: user(3) }));
    expect(hub.told()).toEqual([]);
    hub.after(500);
    expect(hub.told()).toEqual([
      ['agents', online(1, 2, 3), []],
      ['contacts', online(1, 2, 3)],
    ]);
    hub.after(5_000);
    expect(hub.told()).toEqual([]);
  });

  it('encodes a snapshot once for each change', () => {
    const payloads = new Set<Uint8Array>();
    const presence = createPresence(timing, {
      now: () => 0,
      isUp: () => true,
      holdsLease: () => true,
      send: ({ payload }) => payloads.add(payload),
      record: () => undefined,
    });
    presence.begin();
    for (let beat = 0; beat < 10; beat++) presence.hear(accountId, heartbeat({ member: jane }));
    expect(payloads.size).toBe(2); // one for agents, one for customers
  });

  it('tells that somebody left when the grace is over', () => {
    const hub = given({ 1: 'offline', 2: 'offline' });
    hub.hear(subscribed());
    hub.hear(subscribed({ member: user(2) }));
    hub.after(5_000, { digests: digest([john, user(2)]) });
    hub.hear(closed({ member: user(2) }));
    hub.told();
    hub.after(9_750, { digests: digest([john]) });
    expect(hub.told()).toEqual([]);
    hub.after(250);
    expect(hub.told()).toEqual([
      ['agents', online(1), []],
      ['contacts', online(1)],
    ]);
  });

  it('shows a choice at once', () => {
    const hub = given();
    hub.hear(subscribed());
    hub.after(2_000);
    hub.told();
    hub.apply('agent.updated', { user_id: 1, availability: 'busy' });
    expect(hub.told()).toEqual([
      ['agents', { '1': 'busy' }, []],
      ['contacts', { '1': 'busy' }],
    ]);
  });

  it('drops a removed agent at once, though their socket is still open', () => {
    const hub = given();
    hub.hear(subscribed());
    hub.after(2_000);
    hub.told();
    hub.apply('agent.removed', { user_id: 1 });
    expect(hub.told()).toEqual([
      ['agents', {}, []],
      ['contacts', {}],
    ]);
  });

  it('answers who is present', () => {
    const hub = given();
    hub.hear(subscribed());
    hub.hear(subscribed({ member: jane }));
    expect(hub.presence.answer(accountId)).toEqual({ users: online(1), contacts: { '12': 'online' } });
    expect(hub.presence.answer(7 as AccountId)).toEqual({ users: {}, contacts: {} });
    expect(hub.presence.count()).toEqual({ users: 1, contacts: 1 });
  });

  describe('the record', () => {
    it('gets a change when an agent comes and when they have left', () => {
      const hub = given();
      hub.hear(subscribed());
      expect(hub.recorded()).toEqual([[1, 'online', 2]]);
      hub.apply('agent.availability_changed', { user_id: 1, availability: 'online' });
      hub.hear(closed());
      hub.after(9_750);
      expect(hub.recorded()).toEqual([]);
      hub.after(250);
      expect(hub.recorded()).toEqual([[1, 'offline', 3]]);
    });

    it('gets what a present agent chooses, and nothing of an absent one who is offline anyway', () => {
      const hub = given({ 1: 'online', 2: 'offline' });
      hub.hear(subscribed());
      hub.apply('agent.updated', { user_id: 2, availability: 'busy' });
      hub.apply('agent.updated', { user_id: 1, availability: 'busy' });
      expect(hub.recorded()).toEqual([[1, 'busy', 6]]);
    });

    it('gets what an absent agent chooses if absence changes nothing for them', () => {
      const hub = given();
      hub.apply('agent.updated', { user_id: 1, auto_offline: false, availability: 'busy' });
      expect(hub.recorded()).toEqual([[1, 'busy', 3]]);
    });

    it('gets a change again that was not appended', () => {
      const hub = given();
      hub.hear(subscribed());
      hub.recorded();
      hub.presence.recordAgain(accountId);
      hub.after(250);
      expect(hub.recorded()).toEqual([[1, 'online', 2]]);
      hub.after(250);
      expect(hub.recorded()).toEqual([]);
    });
  });

  describe('without the lease', () => {
    it('says, records and answers nothing', () => {
      const hub = given({ 1: 'offline' }, { ...ready, hasLease: false });
      hub.hear(subscribed());
      hub.hear(heartbeat());
      hub.after(5_000);
      expect([hub.told(), hub.recorded(), hub.presence.answer(accountId)]).toEqual([[], [], null]);
    });

    it('listens, and tells and records everything when it takes the lease', () => {
      const hub = given({ 1: 'offline' }, { ...ready, hasLease: false });
      hub.hear(subscribed());
      hub.after(10_000, { digests: digest([john]) });
      hub.set({ hasLease: true });
      hub.after(250);
      expect(hub.told()).toEqual([
        ['agents', online(1), []],
        ['contacts', online(1)],
      ]);
      expect(hub.recorded()).toEqual([[1, 'online', 2]]);
    });
  });
});
