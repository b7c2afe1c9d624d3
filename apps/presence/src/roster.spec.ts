import type { UserId } from '@cablehub/events';
import { partOf, type Beat, type Member } from '@cablehub/log';
import { describe, expect, it } from 'vitest';
import { changed, closed, contact, digest, heartbeat, jane, john, subscribed, user } from './beats.fixture.ts';
import { createRoster, type RosterRules } from './roster.ts';

const SECOND = 1_000;
const rules: RosterRules = { windowMs: 90 * SECOND, graceMs: 10 * SECOND, freshMs: 15 * SECOND };

type At = readonly [seconds: number, beat: Beat];

/** Digests of one gateway, every five seconds within a span. */
const digests = (members: readonly Member[], [from, to]: readonly [number, number], gateway = 'a'): At[] =>
  Array.from({ length: Math.floor((to - from) / 5) + 1 }, (_, index) => [from + index * 5, digest(members, gateway)]);

const given = (...beats: readonly At[]) => ({
  /** Who is present then; times are in seconds and may be fractions. */
  at: (seconds: number) => {
    const roster = createRoster(rules);
    const past = beats.filter(([at]) => at <= seconds).sort(([one], [other]) => one - other);
    for (const [at, beat] of past) {
      roster.expire(at * SECOND);
      roster.hear(beat, at * SECOND);
    }
    roster.expire(seconds * SECOND);
    return { users: [1, 2, 3].filter((id) => roster.hasUser(id as UserId)), contacts: [...roster.contacts()] };
  },
});

const nobody = { users: [], contacts: [] };
const onlyJohn = { users: [1], contacts: [] };
const onlyJane = { users: [], contacts: [12] };

describe('roster', () => {
  it('knows nobody at first', () => expect(given().at(0)).toEqual(nobody));

  it('has a user from the moment they subscribe', () => expect(given([0, subscribed()]).at(0)).toEqual(onlyJohn));

  it('counts a contact by contact, not by session', () =>
    expect(given([0, subscribed({ member: jane })]).at(0)).toEqual(onlyJane));

  describe('a digest in parts', () => {
    const everybody = Array.from({ length: 40 }, (_, index) => user(index + 1));
    const parts = (members: readonly Member[], of: number): Beat[] =>
      Array.from({ length: of }, (_, index) => ({
        kind: 'digest',
        gateway: 'a',
        members: members.filter((member) => partOf(member, of) === index).map((member) => ({ member, sockets: 1 })),
        part: { index, of },
      }));
    const presentAfter = (beats: readonly Beat[], seconds: number): readonly number[] => {
      const roster = createRoster(rules);
      for (const member of everybody) roster.hear(subscribed({ member }), 0);
      for (const beat of beats) roster.hear(beat, SECOND);
      roster.expire(seconds * SECOND);
      return everybody.flatMap((member, index) => (roster.hasUser((index + 1) as UserId) ? [index + 1] : []));
    };

    it('says of nobody in another part that they have gone', () =>
      expect(presentAfter(parts(everybody, 3).slice(1, 2), 12)).toHaveLength(40));

    it('says as a whole what one in one message says', () => {
      const left = everybody.slice(0, 25);
      expect(presentAfter(parts(left, 3), 12)).toEqual(presentAfter([digest(left)], 12));
      expect(presentAfter(parts(left, 3), 12)).toHaveLength(25);
    });
  });

  describe('a socket', () => {
    it('keeps a member present without any heartbeat while its gateway is heard', () =>
      expect(given([0, subscribed()], ...digests([john], [5, 300])).at(314)).toEqual(onlyJohn));

    it('that is lost counts until the grace is over', () => {
      const beats: At[] = [
        [0, subscribed()],
        [20, closed()],
      ];
      expect(given(...beats).at(29.9)).toEqual(onlyJohn);
      expect(given(...beats).at(30)).toEqual(nobody);
    });

    it('that comes back within the grace was never gone', () =>
      expect(given([0, subscribed()], [20, closed()], [25, subscribed()], ...digests([john], [30, 60])).at(60)).toEqual(
        onlyJohn,
      ));

    it('that comes back at another gateway within the grace was never gone', () =>
      expect(given([0, subscribed()], [20, closed()], [25, subscribed({ gateway: 'b' })]).at(31)).toEqual(onlyJohn));

    it('that is lost twice is gone after the first grace', () =>
      expect(given([0, subscribed()], [20, closed()], [28, closed()]).at(30)).toEqual(nobody));

    it('nobody knew of brings nobody back when it is lost', () =>
      expect(
        given([0, closed()], [1, { ...digest([]), members: [{ member: john, sockets: 0 }] } as Beat]).at(1),
      ).toEqual(nobody));
  });

  describe('a second tab', () => {
    it('keeps its user present when the first is closed', () =>
      expect(
        given(
          [0, subscribed()],
          [1, subscribed({ sockets: 2 })],
          [2, changed({ sockets: 1 })],
          ...digests([john], [5, 60]),
        ).at(60),
      ).toEqual(onlyJohn));

    it('keeps its user present from another gateway', () =>
      expect(
        given(
          [0, subscribed()],
          [1, subscribed({ gateway: 'b' })],
          [2, closed()],
          ...digests([], [5, 60]),
          ...digests([john], [5, 60], 'b'),
        ).at(60),
      ).toEqual(onlyJohn));

    it('leaves its user absent when it is the last to be closed', () =>
      expect(
        given([0, subscribed()], [1, subscribed({ gateway: 'b' })], [2, closed()], [3, closed({ gateway: 'b' })]).at(
          13,
        ),
      ).toEqual(nobody));
  });

  describe('a second session of a contact', () => {
    const other = contact(12, 121);

    it('keeps the contact present', () =>
      expect(
        given(
          [0, subscribed({ member: jane })],
          [1, subscribed({ member: other })],
          [2, closed({ member: jane })],
          ...digests([other], [5, 60]),
        ).at(60),
      ).toEqual(onlyJane));

    it('is counted once', () => {
      const roster = createRoster(rules);
      roster.hear(subscribed({ member: jane }), 0);
      expect(roster.hear(subscribed({ member: other }), 1)).toEqual({ users: false, contacts: false });
      expect(roster.count()).toEqual({ users: 0, contacts: 1 });
    });
  });

  describe('a heartbeat', () => {
    it('counts for the window and not a moment longer', () => {
      expect(given([0, subscribed()], [30, heartbeat()]).at(119.9)).toEqual(onlyJohn);
      expect(given([0, subscribed()], [30, heartbeat()]).at(120)).toEqual(nobody);
    });

    it('of somebody never heard of makes them present', () => expect(given([0, heartbeat()]).at(0)).toEqual(onlyJohn));

    it('counts no longer than the grace once its socket is lost', () =>
      expect(given([0, subscribed()], [5, heartbeat()], [6, closed()]).at(16)).toEqual(nobody));
  });

  describe('a digest', () => {
    it('repairs a subscription that was not heard', () => expect(given([5, digest([john])]).at(5)).toEqual(onlyJohn));

    it('repairs a loss that was not heard', () => {
      const beats: At[] = [[0, subscribed()], ...digests([], [5, 15])];
      expect(given(...beats).at(14.9)).toEqual(onlyJohn);
      expect(given(...beats).at(15)).toEqual(nobody);
    });

    it('makes a socket that seemed lost as good as before', () =>
      expect(given([0, subscribed()], [1, closed()], ...digests([john], [5, 60])).at(60)).toEqual(onlyJohn));

    it('says nothing of other gateways', () =>
      expect(given([0, subscribed()], ...digests([john], [5, 30]), ...digests([], [5, 30], 'b')).at(30)).toEqual(
        onlyJohn,
      ));
  });

  describe('a gateway that died', () => {
    it('leaves its members present until their last heartbeat is older than the window', () => {
      const beats: At[] = [[0, subscribed()], [30, heartbeat()], ...digests([john], [5, 40])];
      expect(given(...beats).at(119.9)).toEqual(onlyJohn);
      expect(given(...beats).at(120)).toEqual(nobody);
    });

    it('leaves members who never sent a heartbeat present until it counts as silent', () => {
      const beats: At[] = [[0, subscribed()], ...digests([john], [5, 200])];
      expect(given(...beats).at(214.9)).toEqual(onlyJohn);
      expect(given(...beats).at(215)).toEqual(nobody);
    });

    it('keeps nobody present who has come and gone at another gateway since', () =>
      expect(
        given(
          [0, subscribed()],
          ...digests([john], [5, 40]),
          [42, subscribed({ gateway: 'b' })],
          [44, closed({ gateway: 'b' })],
        ).at(55),
      ).toEqual(nobody));

    it('is believed again when it is heard again', () =>
      expect(given([0, subscribed()], [200, digest([john])]).at(200)).toEqual(onlyJohn));
  });

  describe('after a restart', () => {
    it('is right again after one digest of each gateway', () =>
      expect(given([2, digest([john, jane], 'a')], [4, digest([user(2)], 'b')]).at(4)).toEqual({
        users: [1, 2],
        contacts: [12],
      }));
  });

  it('says who came and who went, and nothing when nobody did', () => {
    const roster = createRoster(rules);
    const unchanged = { users: false, contacts: false };
    expect(roster.hear(subscribed(), 0)).toEqual({ users: true, contacts: false });
    expect(roster.hear(heartbeat(), 1)).toEqual(unchanged);
    expect(roster.hear(digest([john, jane]), 2)).toEqual({ users: false, contacts: true });
    expect(roster.hear(digest([]), 3)).toEqual(unchanged);
    expect(roster.expire(12_999)).toEqual({ users: true, contacts: true });
  });
});
