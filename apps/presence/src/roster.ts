/**
 * Who is present in one account (pure): what the gateways say of their sockets, merged. Time comes in as `now`, in
 * milliseconds of any clock that only goes forward.
 *
 * Somebody is present while one of their *places* counts. A place is one gateway and one member: a user, or a contact by
 * one session. A contact is present by any session, a user by any tab.
 *
 * - A place with sockets counts while its gateway is heard: a digest or any other beat younger than `freshMs`.
 * - It counts for `windowMs` after its last heartbeat, whatever became of the gateway, so the death of a gateway marks
 *   nobody absent who is about to reconnect. Subscribing is a heartbeat. So is the first digest that names a member:
 *   their true last heartbeat was told to a process that is gone.
 * - But once they show themselves at another gateway, after the silent one was last heard, the place there is over.
 * - A place whose last socket was reported lost (no sockets, or not in the gateway's digest) counts for `graceMs` more.
 *   A socket that comes back in time makes it as good as before.
 * - The loss of a socket nobody knew of is nothing: it brings nobody back.
 */
import type { ContactId, UserId } from '@cablehub/events';
import { partOf, type Beat, type Member } from '@cablehub/log';

export type RosterRules = {
  /** How long a heartbeat counts. */
  readonly windowMs: number;
  /** How long a lost socket counts. */
  readonly graceMs: number;
  /** How long a gateway is believed after its last beat: several digest intervals. */
  readonly freshMs: number;
};

/** Whether somebody came or went, by kind. */
export type RosterChange = { readonly users: boolean; readonly contacts: boolean };

export interface Roster {
  readonly hear: (beat: Beat, now: number) => RosterChange;
  /** Lets go of everybody whose time is over. Cheap when nobody's can be. */
  readonly expire: (now: number) => RosterChange;
  readonly hasUser: (user: UserId) => boolean;
  /** As of the last `hear` or `expire`. */
  readonly contacts: () => Iterable<ContactId>;
  readonly count: () => { readonly users: number; readonly contacts: number };
}

type Gateway = { heardAt: number; readonly places: Map<string, Place> };
type Digest = Beat & { readonly kind: 'digest' };
type Place = {
  readonly key: string;
  readonly member: Member;
  readonly gateway: Gateway;
  readonly person: Person;
  sockets: number;
  beatAt: number;
  lostAt: number | null;
};
type Person = {
  readonly kind: 'users' | 'contacts';
  readonly id: number;
  readonly places: Set<Place>;
  /** Where and when they last showed themselves; nowhere only until they first do. */
  shownBy: Gateway | null;
  shownAt: number;
};

export const createRoster = (rules: RosterRules): Roster => {
  const gateways = new Map<string, Gateway>();
  const people = { users: new Map<number, Person>(), contacts: new Map<number, Person>() };
  /** Nobody's time is over before this. */
  let nextAt = Infinity;

  const hear = (beat: Beat, now: number): RosterChange => {
    const gateway = gatewayNamed(beat.gateway, now);
    switch (beat.kind) {
      case 'changed':
        return beat.sockets > 0
          ? changeOf([seen(gateway, beat.member, { now, sockets: beat.sockets, isBeat: beat.subscribed })])
          : changeOf([lost(gateway.places.get(keyOf(beat.member)), now)]);
      case 'heartbeat':
        return changeOf([seen(gateway, beat.member, { now, sockets: beat.sockets, isBeat: true })]);
      case 'digest':
        return digested(gateway, beat, now);
    }
  };

  const gatewayNamed = (name: string, now: number): Gateway => {
    const gateway = gateways.get(name) ?? { heardAt: now, places: new Map() };
    gateways.set(name, gateway);
    gateway.heardAt = now;
    return gateway;
  };

  const seen = (
    gateway: Gateway,
    member: Member,
    { now, sockets, isBeat }: { readonly now: number; readonly sockets: number; readonly isBeat: boolean },
  ): Person | null => {
    const known = gateway.places.get(keyOf(member));
    const place = known ?? placeOf(gateway, member);
    const { person } = place;
    const wasAbsent = person.shownBy === null;
    if (isBeat || known === undefined || known.lostAt !== null) {
      place.beatAt = now;
      person.shownBy = gateway;
      person.shownAt = now;
    }
    place.sockets = sockets;
    place.lostAt = null;
    nextAt = Math.min(nextAt, countsUntil(place));
    return release(person, now) !== wasAbsent ? person : null;
  };

  const placeOf = (gateway: Gateway, member: Member): Place => {
    const kind = member.kind === 'user' ? 'users' : 'contacts';
    const id = member.kind === 'user' ? member.userId : member.contactId;
    const person = people[kind].get(id) ?? { kind, id, places: new Set(), shownBy: null, shownAt: -Infinity };
    const place = { key: keyOf(member), member, gateway, person, sockets: 0, beatAt: -Infinity, lostAt: null };
    people[kind].set(id, person);
    person.places.add(place);
    gateway.places.set(place.key, place);
    return place;
  };

  const lost = (place: Place | undefined, now: number): Person | null => {
    if (place === undefined) return null;
    place.sockets = 0;
    place.lostAt ??= now;
    nextAt = Math.min(nextAt, countsUntil(place));
    return release(place.person, now) ? place.person : null;
  };

  const digested = (gateway: Gateway, { members, part }: Digest, now: number): RosterChange => {
    const here = members.filter(({ sockets }) => sockets > 0);
    const listed = new Set(here.map(({ member }) => keyOf(member)));
    const isTold = ({ member }: Place): boolean => part === undefined || partOf(member, part.of) === part.index;
    const gone = [...gateway.places.values()].filter((place) => isTold(place) && !listed.has(place.key));
    return changeOf([
      ...here.map(({ member, sockets }) => seen(gateway, member, { now, sockets, isBeat: false })),
      ...gone.map((place) => lost(place, now)),
    ]);
  };

  const countsUntil = ({ gateway, person, sockets, beatAt, lostAt }: Place): number => {
    if (lostAt !== null) return lostAt + rules.graceMs;
    const isOver = person.shownBy !== gateway && person.shownAt > gateway.heardAt;
    return Math.max(
      sockets > 0 ? gateway.heardAt + rules.freshMs : -Infinity,
      isOver ? -Infinity : beatAt + rules.windowMs,
    );
  };

  /** Takes away the places that no longer count. True: none is left, and the person is absent. */
  const release = (person: Person, now: number): boolean => {
    for (const place of person.places) {
      if (now < countsUntil(place)) continue;
      person.places.delete(place);
      place.gateway.places.delete(place.key);
    }
    if (person.places.size > 0) return false;
    people[person.kind].delete(person.id);
    return true;
  };

  const expire = (now: number): RosterChange => {
    if (now < nextAt) return unchanged;
    nextAt = Infinity;
    const absent: Person[] = [];
    for (const kind of ['users', 'contacts'] as const)
      for (const person of people[kind].values()) {
        if (release(person, now)) absent.push(person);
        for (const place of person.places) nextAt = Math.min(nextAt, countsUntil(place));
      }
    const forgetMs = Math.max(rules.windowMs, rules.freshMs, rules.graceMs);
    for (const [name, gateway] of gateways) if (gateway.heardAt + forgetMs <= now) gateways.delete(name);
    return changeOf(absent);
  };

  return {
    hear,
    expire,
    hasUser: (user) => people.users.has(user),
    contacts: () => people.contacts.keys() as Iterable<ContactId>,
    count: () => ({ users: people.users.size, contacts: people.contacts.size }),
  };
};

const unchanged: RosterChange = { users: false, contacts: false };

const changeOf = (changed: readonly (Person | null)[]): RosterChange => ({
  users: changed.some((person) => person?.kind === 'users'),
  contacts: changed.some((person) => person?.kind === 'contacts'),
});

const keyOf = (member: Member): string =>
  member.kind === 'user' ? `user.${member.userId}` : `contact.${member.contactId}.${member.contactInboxId}`;
