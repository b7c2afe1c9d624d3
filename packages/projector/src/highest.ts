/** The highest number of a column in an account: what is asked for above it is not there, and need not be looked for. */
import type { Database } from './database.ts';

export type Highest = {
  readonly isBelow: (account: number, value: number) => boolean;
  /** A value was written. One that is no whole number is left to SQLite: what is kept back of it has to be there by now. */
  readonly wrote: (account: number, value: unknown) => void;
  readonly forget: () => void;
};

export type HighestOf = {
  readonly table: string;
  readonly column: string;
  /** Brings what is kept back of the table into SQLite. */
  readonly flush: () => void;
};

/** The column needs an index behind the account. */
export const highestIn = (database: Database, { table, column, flush }: HighestOf): Highest => {
  const most = database.prepare(`SELECT max("${column}") FROM "${table}" WHERE "account_id" = ?`).raw();
  const bounds = new Map<number, number>();

  const load = (account: number): number => {
    flush();
    const [found] = most.get(account) as readonly [unknown];
    // Text is above all numbers.
    const bound = found === null ? -Infinity : typeof found === 'number' ? found : Infinity;
    bounds.set(account, bound);
    return bound;
  };

  return {
    isBelow: (account, value) => (bounds.get(account) ?? load(account)) < value,
    wrote: (account, value) => {
      const bound = bounds.get(account);
      if (bound === undefined) return;
      if (!Number.isSafeInteger(value)) bounds.delete(account);
      else if ((value as number) > bound) bounds.set(account, value as number);
    },
    forget: () => bounds.clear(),
  };
};
