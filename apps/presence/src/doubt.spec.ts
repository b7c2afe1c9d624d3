import { describe, expect, it } from 'vitest';
import { digest, heartbeat, jane, john, subscribed, user } from './beats.fixture.ts';
import { accountId, given, online } from './presence.fixture.ts';

describe('presence in doubt', () => {
  describe('after a start', () => {
    it('marks nobody offline before they can have been digested', () => {
      const hub = given({ 1: 'online', 2: 'online' });
      hub.hear(subscribed());
      hub.hear(heartbeat());
      hub.after(4_750);
      expect([hub.told(), hub.recorded(), hub.presence.answer(accountId)]).toEqual([[], [], null]);
      hub.hear(digest([john, user(2), jane]));
      hub.after(1_250);
      expect(hub.told()).toEqual([
        ['agents', online(1, 2), ['12']],
        ['contacts', online(1, 2)],
      ]);
      expect(hub.recorded()).toEqual([]);
    });

    it('records as offline, after that, who was in no digest', () => {
      const hub = given({ 1: 'online', 2: 'online' });
      hub.hear(digest([john]));
      hub.after(5_750);
      expect(hub.recorded()).toEqual([]);
      hub.after(250);
      expect(hub.recorded()).toEqual([[2, 'offline', 4]]);
    });

    it('records as offline, after that, an account whom no gateway knows', () => {
      const hub = given({ 1: 'online' });
      hub.after(6_000);
      expect(hub.recorded()).toEqual([[1, 'offline', 2]]);
      expect(hub.told()).toEqual([]);
    });

    it('answers a subscriber at once when everybody on record as online is here', () => {
      const hub = given({ 1: 'online' });
      hub.hear(subscribed({ member: jane }));
      expect(hub.told()).toEqual([]);
      hub.hear(subscribed());
      expect(hub.told()).toEqual([['user 1', online(1), ['12']]]);
    });

    it('tells everything at once when nobody is on record as online', () => {
      const hub = given({ 1: 'offline', 2: 'offline' });
      hub.hear(subscribed());
      expect(hub.told()).toHaveLength(2);
    });
  });

  describe('when it may have missed beats', () => {
    const withJohn = () => {
      const hub = given();
      hub.hear(subscribed());
      hub.apply('agent.availability_changed', { user_id: 1, availability: 'online' });
      hub.after(100_000, { digests: digest([john]) });
      hub.told();
      hub.recorded();
      return hub;
    };

    it('marks nobody offline who is digested after the connection is back', () => {
      const hub = withJohn();
      hub.set({ isUp: false });
      hub.after(120_000);
      hub.set({ isUp: true });
      hub.presence.resume();
      hub.after(4_000);
      hub.hear(digest([john]));
      hub.after(2_000);
      expect(hub.recorded()).toEqual([]);
      expect(hub.told().every(([, users]) => JSON.stringify(users) === '{"1":"online"}')).toBe(true);
    });

    it('marks offline who is not', () => {
      const hub = withJohn();
      hub.set({ isUp: false });
      hub.after(120_000);
      hub.set({ isUp: true });
      hub.presence.resume();
      hub.after(6_000);
      expect(hub.recorded()).toEqual([[1, 'offline', 3]]);
    });

    it('forgets nobody whom it tells a new subscriber of', () => {
      const hub = withJohn();
      hub.hear(subscribed({ member: jane }));
      hub.set({ isUp: false });
      hub.after(120_000);
      hub.set({ isUp: true });
      hub.presence.resume();
      hub.after(250);
      hub.told();
      hub.hear(subscribed());
      expect(hub.told()).toEqual([['user 1', online(1), ['12']]]);
    });

    it('marks nobody offline because it did not run itself', () => {
      const hub = withJohn();
      hub.freeze(120_000);
      hub.presence.tick();
      hub.hear(digest([john]));
      hub.after(6_000);
      expect(hub.recorded()).toEqual([]);
    });
  });
});
