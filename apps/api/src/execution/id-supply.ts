/**
 * The ids that one decision needs. How many is known once it has been made: it is made with ids that stand in for what is
 * missing, then again with real ones, until none is missing.
 */
import type { AccountId, UserId } from '@cablehub/events';
import type { Decision, IdKind } from '@cablehub/commands';
import type { TakeOne } from '@cablehub/log';
import type { Reading, TableName } from '@cablehub/projector';

/** A producer has given the last id there is. */
export class OutOfIds extends Error {
  readonly code = 'out_of_ids';

  constructor(kind: IdKind, cause: unknown) {
    super(`There are no ids left for a ${kind}`, { cause });
    this.name = 'OutOfIds';
  }
}

export type IdSupplyPorts = {
  readonly takeOne: TakeOne;
  readonly reading: () => Reading;
  readonly accountId: AccountId;
};

type TakeId = (kind: IdKind) => number;

const STAND_IN = Number.MAX_SAFE_INTEGER;

export const idSupply = ({ takeOne, reading, accountId }: IdSupplyPorts) => {
  const pool = new Map<IdKind, number[]>();
  const free = freeIds({ takeOne, reading, accountId });

  return {
    decided: async <Result>(decide: (takeId: TakeId) => Decision<Result>): Promise<Decision<Result>> => {
      for (;;) {
        const used = new Map<IdKind, number>();
        const missing: IdKind[] = [];
        const decision = decide((kind) => {
          const index = used.get(kind) ?? 0;
          used.set(kind, index + 1);
          const id = pool.get(kind)?.[index];
          if (id === undefined) missing.push(kind);
          return id ?? STAND_IN;
        });
        if (!decision.ok || missing.length === 0) return decision;
        const ids = await Promise.all(missing.map(free));
        missing.forEach((kind, index) => pool.set(kind, [...(pool.get(kind) ?? []), ids[index]!]));
      }
    },
    /** The ids were tried: others are to be taken from now on. */
    forget: (): void => pool.clear(),
  };
};

const tableOf: { readonly [Kind in IdKind]?: TableName } = {
  inbox: 'inboxes',
  team: 'teams',
  contact: 'contacts',
  contact_inbox: 'contactInboxes',
  conversation: 'conversations',
  message: 'messages',
};

/** An id above all that the account's views have, whoever made those. */
const freeIds = ({ takeOne, reading, accountId }: IdSupplyPorts) => {
  const above = (kind: IdKind): number => {
    const table = tableOf[kind];
    return table === undefined ? 0 : reading().highestId(table, accountId);
  };
  // A person has the same id in every account, so theirs must be free in all of them.
  const freeUser = async (): Promise<number> => {
    for (let id = 0; ;) {
      id = await takeOne('user', id);
      if (reading().usersWithId(id as UserId).length === 0) return id;
    }
  };
  const next = (kind: IdKind): Promise<number> => {
    if (kind === 'user') return freeUser();
    if (kind === 'account') return takeOne('account', reading().highestAccountId());
    return takeOne(kind === 'conversation' ? `conversation.${accountId}` : kind, above(kind));
  };
  return (kind: IdKind): Promise<number> =>
    next(kind).catch((cause: unknown) => {
      throw cause instanceof RangeError ? new OutOfIds(kind, cause) : cause;
    });
};
