/**
 * What presence hears from this gateway: who has sockets here, at every change and in a digest every few seconds.
 *
 * Beats are signals: one that is lost is made good by the next digest. An account that became empty gets a few empty
 * digests, so that presence forgets it even when one is lost.
 */
import type { AccountId } from '@cablehub/events';
import { partOf, type Beat, type Member, type NatsLink, type Signals } from '@cablehub/log';

export interface Beats {
  /** A subscription of the member was confirmed. */
  joined(account: AccountId, member: Member): void;
  /** A subscription of the member ended. */
  left(account: AccountId, member: Member): void;
  /** The member's client sent its heartbeat. */
  heartbeat(account: AccountId, member: Member): void;
  stop(): void;
}

export type BeatsOptions = {
  /** Unique for each start of a gateway. */
  readonly gateway: string;
  readonly signals: Pick<Signals, 'sendBeat'>;
  readonly link: Pick<NatsLink, 'isUp' | 'onChange'>;
};

const DIGEST_MS = 5_000;
const EMPTY_ROUNDS = 3;

type Present = { readonly member: Member; sockets: number };
type Account = { readonly members: Map<string, Present>; emptyRounds: number };

export const startBeats = ({ gateway, signals, link }: BeatsOptions): Beats => {
  const accounts = new Map<AccountId, Account>();

  const send = (account: AccountId, beat: Beat): void => {
    // Nothing is kept for later: the digest after NATS is back says all of it.
    if (link.isUp()) signals.sendBeat(account, beat);
  };

  const changeBy = (account: AccountId, member: Member, by: 1 | -1): number => {
    const { members } = accounts.get(account) ?? started(accounts, account);
    const present = members.get(keyOf(member)) ?? { member, sockets: 0 };
    present.sockets += by;
    if (present.sockets > 0) members.set(keyOf(member), present);
    else members.delete(keyOf(member));
    return Math.max(0, present.sockets);
  };

  const digest = (): void => {
    for (const [account, { members, emptyRounds }] of accounts) {
      for (const part of partsOf([...members.values()])) send(account, { kind: 'digest', gateway, ...part });
      const rounds = members.size > 0 ? 0 : emptyRounds + 1;
      if (rounds >= EMPTY_ROUNDS) accounts.delete(account);
      else accounts.set(account, { members, emptyRounds: rounds });
    }
  };

  const timer = setInterval(digest, DIGEST_MS);
  const unwatch = link.onChange((isUp) => {
    if (isUp) digest();
  });

  return {
    joined: (account, member) =>
      send(account, { kind: 'changed', gateway, member, sockets: changeBy(account, member, 1), subscribed: true }),
    left: (account, member) =>
      send(account, { kind: 'changed', gateway, member, sockets: changeBy(account, member, -1), subscribed: false }),
    heartbeat: (account, member) => {
      const sockets = accounts.get(account)?.members.get(keyOf(member))?.sockets ?? 0;
      send(account, { kind: 'heartbeat', gateway, member, sockets });
    },
    stop: () => {
      clearInterval(timer);
      unwatch();
    },
  };
};

/** Members that are told in one message, which NATS takes up to 1 MiB of: a member is less than 100 bytes. */
const MEMBERS_AT_ONCE = 5_000;

type Part = Pick<Beat & { readonly kind: 'digest' }, 'members' | 'part'>;

const partsOf = (present: readonly Present[]): readonly Part[] => {
  const members = present.map(({ member, sockets }) => ({ member, sockets }));
  if (members.length <= MEMBERS_AT_ONCE) return [{ members }];
  // Half as many in each as fit: they are spread evenly, not exactly.
  const of = Math.ceil((members.length * 2) / MEMBERS_AT_ONCE);
  const parts = Array.from({ length: of }, (_, index) => ({ members: [] as typeof members, part: { index, of } }));
  for (const one of members) parts[partOf(one.member, of)]?.members.push(one);
  return parts;
};

const started = (accounts: Map<AccountId, Account>, account: AccountId): Account => {
  const fresh: Account = { members: new Map(), emptyRounds: 0 };
  accounts.set(account, fresh);
  return fresh;
};

const keyOf = (member: Member): string =>
  member.kind === 'user' ? `user.${member.userId}` : `contact.${member.contactId}.${member.contactInboxId}`;
