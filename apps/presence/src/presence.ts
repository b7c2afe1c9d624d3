/**
 * Presence of all accounts: hears beats and the log's agent events, and tells who is present. It holds no timer and no
 * clock of its own; it does what is due when something is heard and at each `tick`.
 *
 * It is told to whom it matters: at once to a member who subscribed or sent a heartbeat; to the whole account when
 * somebody came, went or chose otherwise, the first time at once and then at most every `tellEveryMs`. Customers are not
 * told of other customers. Only the holder of the lease speaks; whoever takes it over tells every account anew.
 *
 * Absence is learnt only by listening. Having just begun to hear, after a start or a lost connection, presence knows of
 * few sockets, and would mark everybody else offline. So it *doubts* the accounts in which somebody could wrongly seem
 * absent, until every gateway has had time for a digest: it lets nobody's time run out there, records nobody as offline,
 * tells the account nothing and answers no heartbeat; when the doubt ends, it tells the account all at once. A new
 * subscriber is answered earlier if all agents on record as online or busy have been heard of. After a start, an account
 * is in doubt if such an agent is on record; so on a fresh hub nobody waits.
 */
import type { AccountId } from '@cablehub/events';
import {
  contactLane,
  type Beat,
  type EphemeralDelivery,
  type LogEntry,
  type Member,
  type Presence,
} from '@cablehub/log';
import { createAccount, type Account } from './account.ts';
import { createAgents } from './agents.ts';
import type { StatusChange } from './recorder.ts';
import { MISSED_DIGESTS, type Timing } from './settings.ts';
import { statusOf } from './snapshot.ts';

export type PresencePorts = {
  /** Milliseconds, of a clock that only goes forward. */
  readonly now: () => number;
  /** Whether NATS is there. */
  readonly isUp: () => boolean;
  readonly holdsLease: () => boolean;
  readonly send: (delivery: EphemeralDelivery) => void;
  /** Records a change of status in the log. Whether it is there shows in the log alone. */
  readonly record: (change: StatusChange) => void;
};

export interface PresenceApp {
  readonly hear: (account: AccountId, beat: Beat) => void;
  /** Takes the next event of the log. */
  readonly apply: (entry: LogEntry) => void;
  /** Starts to speak: all there was in the log has been applied, and beats are heard. */
  readonly begin: () => void;
  /** Beats may have been missed: from now on it is as after a start, only that nobody is forgotten. */
  readonly resume: () => void;
  readonly tick: () => void;
  /** A change could not be recorded; it is at the next tick. */
  readonly recordAgain: (account: AccountId) => void;
  /** Who is present; null while it is not this replica that speaks, or the account is in doubt. */
  readonly answer: (account: AccountId) => Presence | null;
  readonly count: () => { readonly users: number; readonly contacts: number };
}

export const createPresence = (timing: Timing, ports: PresencePorts): PresenceApp => {
  const agents = createAgents();
  const accounts = new Map<AccountId, Account>();
  const doubted = new Set<AccountId>();
  const rules = { ...timing, freshMs: MISSED_DIGESTS * timing.digestIntervalMs };
  let hasBegun = false;
  let spoke = false;
  let doubtUntil = 0;
  let tickedAt = 0;

  const opened = (id: AccountId): Account => {
    const account = accounts.get(id) ?? createAccount(id, { rules, agents: agents.of(id) });
    accounts.set(id, account);
    return account;
  };

  const speaks = (): boolean => {
    const may = hasBegun && ports.isUp() && ports.holdsLease();
    if (may && !spoke) all();
    spoke = may;
    return may;
  };

  /** Everything is to be told and recorded, whoever did or did not do it before. */
  const all = (): void => {
    for (const id of agents.accounts()) opened(id);
    for (const account of accounts.values()) account.refresh(agents.of(account.id));
  };

  const doubt = (ids: Iterable<AccountId>): void => {
    for (const id of ids) doubted.add(id);
    doubtUntil = ports.now() + timing.settleMs;
  };

  const awaitsSomebody = (id: AccountId): boolean =>
    [...agents.of(id)].some(
      ([user, agent]) => agent.autoOffline && agent.status !== 'offline' && !accounts.get(id)?.roster.hasUser(user),
    );

  /** Does what is due in an account. Gives what the account was told. */
  const work = (account: Account): Told => {
    if (!speaks()) {
      account.forgetChanges();
      return nothing;
    }
    if (account.takeUnrecorded()) record(account);
    if (doubted.has(account.id)) return nothing;
    const told = account.takeUntold(ports.now(), timing.tellEveryMs);
    const to = { accountId: account.id };
    if (told.users || told.contacts) ports.send({ ...to, lane: 'agents', payload: account.payload('agents') });
    if (told.users) ports.send({ ...to, lane: 'contacts', payload: account.payload('contacts') });
    return told;
  };

  const record = (account: Account): void => {
    for (const [userId, agent] of agents.of(account.id)) {
      const isPresent = account.roster.hasUser(userId);
      const status = statusOf(agent, isPresent);
      const isSure = isPresent || !agent.autoOffline || !doubted.has(account.id);
      if (status !== agent.status && isSure) ports.record({ accountId: account.id, userId, agent, status });
    }
  };

  const mayAnswer = (id: AccountId, beat: Beat): boolean =>
    speaks() && (!doubted.has(id) || (beat.kind === 'changed' && !awaitsSomebody(id)));

  return {
    hear: (id, beat) => {
      const account = opened(id);
      account.change(account.roster.hear(beat, ports.now()), agents.of(id));
      const told = work(account);
      const member = askedBy(beat);
      if (member !== null && !reaches(told, member) && mayAnswer(id, beat)) ports.send(deliveryTo(member, account));
    },

    apply: (entry) => {
      const id = agents.apply(entry);
      if (id === null || !hasBegun) return;
      const account = opened(id);
      account.change({ users: true, contacts: false }, agents.of(id));
      work(account);
    },

    begin: () => {
      tickedAt = ports.now();
      doubt([...agents.accounts()].filter(awaitsSomebody));
      for (const account of accounts.values()) account.change({ users: true, contacts: true }, agents.of(account.id));
      hasBegun = true;
    },

    resume: () => doubt([...accounts.keys(), ...agents.accounts()]),

    tick: () => {
      const now = ports.now();
      // Not having run for so long, this process has beats waiting that it has not heard yet.
      if (now - tickedAt > timing.digestIntervalMs) doubt([...accounts.keys(), ...agents.accounts()]);
      tickedAt = now;
      if (!hasBegun || !ports.isUp()) return;
      if (doubted.size > 0 && now >= doubtUntil) {
        doubted.clear();
        all();
      }
      speaks(); // taking the lease over may open accounts that have work
      for (const account of accounts.values()) {
        if (!doubted.has(account.id)) account.change(account.roster.expire(now), agents.of(account.id));
        work(account);
        if (account.isIdle(now, timing.tellEveryMs)) accounts.delete(account.id);
      }
    },

    recordAgain: (id) => opened(id).change({ users: true, contacts: false }, agents.of(id)),

    answer: (id) => (speaks() && !doubted.has(id) ? opened(id).presence() : null),

    count: () => {
      let [users, contacts] = [0, 0];
      for (const { roster } of accounts.values()) {
        users += roster.count().users;
        contacts += roster.count().contacts;
      }
      return { users, contacts };
    },
  };
};

type Told = { readonly users: boolean; readonly contacts: boolean };
const nothing: Told = { users: false, contacts: false };

/** Who waits for a snapshot after a beat. */
const askedBy = (beat: Beat): Member | null =>
  beat.kind === 'heartbeat' || (beat.kind === 'changed' && beat.subscribed) ? beat.member : null;

/** Whether a member hears what the whole account was told: customers are not told of customers. */
const reaches = (told: Told, member: Member): boolean => told.users || (told.contacts && member.kind === 'user');

const deliveryTo = (member: Member, account: Account): EphemeralDelivery =>
  member.kind === 'user'
    ? {
        accountId: account.id,
        lane: 'agents',
        audience: { kind: 'only', users: [member.userId] },
        payload: account.payload('agents'),
      }
    : {
        accountId: account.id,
        lane: contactLane(member.contactInboxId),
        payload: account.payload('contacts'),
      };
