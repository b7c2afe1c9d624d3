/** What presence keeps of one account: who is there, the snapshot, and what is still to be told or recorded. */
import type { AccountId, UserId } from '@cablehub/events';
import type { Presence } from '@cablehub/log';
import type { Agent } from './agents.ts';
import { createRoster, type Roster, type RosterChange, type RosterRules } from './roster.ts';
import { contactsOf, presencePayload, usersOf } from './snapshot.ts';

type AgentsOfAccount = ReadonlyMap<UserId, Agent>;

export interface Account {
  readonly id: AccountId;
  readonly roster: Roster;
  /** Notes what may have changed. A change that shows in no snapshot is not told. */
  readonly change: (change: RosterChange, agents: AgentsOfAccount) => void;
  /** Everything is to be told and recorded again. */
  readonly refresh: (agents: AgentsOfAccount) => void;
  /** Nothing is to be told or recorded: another replica does. */
  readonly forgetChanges: () => void;
  /** What the account is to be told now, at most every `everyMs`; it counts as told from then on. */
  readonly takeUntold: (now: number, everyMs: number) => RosterChange;
  /** Whether agents' statuses are to be compared with the log; once for each change. */
  readonly takeUnrecorded: () => boolean;
  /** The bytes of the snapshot, encoded once for each change. */
  readonly payload: (reader: 'agents' | 'contacts') => Uint8Array;
  readonly presence: () => Presence;
  /** Whether nothing is lost if the account is forgotten. */
  readonly isIdle: (now: number, everyMs: number) => boolean;
}

export const createAccount = (
  id: AccountId,
  { rules, agents: initial }: { readonly rules: RosterRules; readonly agents: AgentsOfAccount },
): Account => {
  const roster = createRoster(rules);
  const usersNow = (agents: AgentsOfAccount): Presence['users'] => usersOf(agents, roster.hasUser);
  let users = usersNow(initial);
  let payloads: { agents?: Uint8Array; contacts?: Uint8Array } = {};
  let untold = { users: false, contacts: false };
  let isUnrecorded = false;
  let toldAt = -Infinity;

  const change = (changed: RosterChange, agents: AgentsOfAccount): void => {
    if (changed.users) {
      isUnrecorded = true;
      const next = usersNow(agents);
      if (JSON.stringify(next) !== JSON.stringify(users)) {
        users = next;
        payloads = {};
        untold.users = true;
      }
    }
    if (changed.contacts) {
      delete payloads.agents;
      untold.contacts = true;
    }
  };

  const contacts = (): Presence['contacts'] => contactsOf(roster.contacts());

  const isEmpty = (): boolean => roster.count().users + roster.count().contacts === 0;

  return {
    id,
    roster,
    change,
    refresh: (agents) => {
      change({ users: true, contacts: true }, agents);
      untold = { users: !isEmpty(), contacts: !isEmpty() };
    },
    forgetChanges: () => {
      untold = { users: false, contacts: false };
      isUnrecorded = false;
    },
    takeUntold: (now, everyMs) => {
      const told = untold;
      if ((!told.users && !told.contacts) || now - toldAt < everyMs) return { users: false, contacts: false };
      untold = { users: false, contacts: false };
      toldAt = now;
      return told;
    },
    takeUnrecorded: () => {
      const taken = isUnrecorded;
      isUnrecorded = false;
      return taken;
    },
    payload: (reader) =>
      reader === 'agents'
        ? (payloads.agents ??= presencePayload(id, users, contacts()))
        : (payloads.contacts ??= presencePayload(id, users)),
    presence: () => ({ users, contacts: contacts() }),
    isIdle: (now, everyMs) =>
      isEmpty() && !untold.users && !untold.contacts && !isUnrecorded && now - toldAt >= everyMs,
  };
};
