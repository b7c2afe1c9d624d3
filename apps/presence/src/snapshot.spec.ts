import { positionOf, type AccountId, type Availability, type ContactId, type UserId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import type { Agent } from './agents.ts';
import { contactsOf, presencePayload, statusOf, usersOf } from './snapshot.ts';

const account = 1 as AccountId;
const agent = (availability: Availability, autoOffline: boolean): Agent => ({
  availability,
  autoOffline,
  status: 'offline',
  position: positionOf(1),
});

describe('snapshot', () => {
  it.each<[isPresent: boolean, autoOffline: boolean, chosen: Availability, listed: Availability | null]>([
    [true, true, 'online', 'online'],
    [true, true, 'busy', 'busy'],
    [true, true, 'offline', 'offline'],
    [true, false, 'busy', 'busy'],
    [false, true, 'online', null],
    [false, true, 'busy', null],
    [false, false, 'online', 'online'],
    [false, false, 'offline', 'offline'],
  ])(
    'lists a user (present: %s, auto_offline: %s, chosen: %s) as %s',
    (...[isPresent, autoOffline, chosen, listed]) => {
      const john = agent(chosen, autoOffline);
      expect(usersOf(new Map([[1 as UserId, john]]), () => isPresent)).toEqual(listed === null ? {} : { '1': listed });
      expect(statusOf(john, isPresent)).toBe(listed ?? 'offline');
    },
  );

  it('lists only agents of the account', () => expect(usersOf(new Map(), () => true)).toEqual({}));

  it('has the keys of the documented frame, in its order', () => {
    const users = usersOf(new Map([[1 as UserId, agent('online', true)]]), () => true);
    const payload = presencePayload(account, users, contactsOf([1 as ContactId]));
    expect(Buffer.from(payload).toString()).toBe(
      '{"event":"presence.update","data":{"account_id":1,"users":{"1":"online"},"contacts":{"1":"online"}}}',
    );
  });

  it('has contacts for agents even when there are none, and never for customers', () => {
    expect(Buffer.from(presencePayload(account, {}, {})).toString()).toContain('"contacts":{}');
    expect(Buffer.from(presencePayload(account, {})).toString()).toBe(
      '{"event":"presence.update","data":{"account_id":1,"users":{}}}',
    );
  });
});
