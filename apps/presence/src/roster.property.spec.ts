import type { UserId } from '@cablehub/events';
import type { Member } from '@cablehub/log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, closed, contact, digest, heartbeat, jane, john, user } from './beats.fixture.ts';
import { createRoster, type Roster, type RosterRules } from './roster.ts';

const SECOND = 1_000;
const rules: RosterRules = { windowMs: 90 * SECOND, graceMs: 10 * SECOND, freshMs: 15 * SECOND };

/** One thing that happens at one place, some time after the last. */
type Step = {
  readonly gateway: string;
  readonly member: Member;
  readonly sockets: number;
  readonly afterMs: number;
  readonly isHeartbeat: boolean;
};

describe('any roster', () => {
  const members = [john, user(2), jane, contact(12, 121), contact(13, 130)];
  const step: fc.Arbitrary<Step> = fc.record({
    gateway: fc.constantFrom('a', 'b', 'c'),
    member: fc.constantFrom(...members),
    sockets: fc.nat(2),
    afterMs: fc.nat(8 * SECOND),
    isHeartbeat: fc.boolean(),
  });
  const played = (steps: readonly Step[]) => {
    const roster = createRoster(rules);
    const open = new Map<string, { gateway: string; member: Member }>();
    let now = 0;
    for (const { gateway, member, sockets, afterMs, isHeartbeat } of steps) {
      now += afterMs;
      roster.expire(now);
      const key = `${gateway} ${JSON.stringify(member)}`;
      if (sockets > 0) open.set(key, { gateway, member });
      else open.delete(key);
      const kind = isHeartbeat && sockets > 0 ? heartbeat : changed;
      roster.hear(kind({ gateway, member, sockets }), now);
    }
    return { roster, open: [...open.values()], now };
  };
  const presentIn = (roster: Roster) => ({
    users: [1, 2].filter((id) => roster.hasUser(id as UserId)),
    contacts: [...roster.contacts()].sort(),
  });

  it('has nobody once all sockets are closed and the grace is over, whatever happened before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const { roster, open, now } = played(steps);
        for (const { gateway, member } of open) roster.hear(closed({ gateway, member }), now);
        roster.expire(now + rules.graceMs);
        expect(presentIn(roster)).toEqual({ users: [], contacts: [] });
        expect(roster.count()).toEqual({ users: 0, contacts: 0 });
      }),
    );
  });

  it('is rebuilt from digests alone', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const { roster, open, now } = played(steps);
        const rebuilt = createRoster(rules);
        for (let at = now; at <= now + rules.graceMs; at += 5 * SECOND)
          for (const gateway of ['a', 'b', 'c']) {
            const here = open.filter((place) => place.gateway === gateway).map(({ member }) => member);
            roster.hear(digest(here, gateway), at);
            rebuilt.hear(digest(here, gateway), at);
          }
        roster.expire(now + rules.graceMs);
        expect(presentIn(roster)).toEqual(presentIn(rebuilt));
      }),
    );
  });
});
