/** What the statements of all queries are made of. */
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { and, eq, sql, type SQL } from 'drizzle-orm';
import { tables, type TableName } from '../schema.ts';

export type Drizzle = BetterSQLite3Database;

export const { placeholder } = sql;

/** A count goes no further. */
export const COUNT_LIMIT = 100_000;
/** The most rows of a list that has no pages. */
export const LIST_LIMIT = 10_000;

export const ofAccount = (name: TableName): SQL => eq(tables[name].accountId, placeholder('accountId'));

/** A condition that holds when its parameter is null. */
export const unlessNull = (name: string, condition: SQL): SQL => sql`(${placeholder(name)} IS NULL OR ${condition})`;

export const all = (...conditions: readonly SQL[]): SQL => and(...conditions)!;

/** Prepares each statement when it is first used. */
export const lazily = <Key extends string, Statement>(prepare: (key: Key) => Statement): ((key: Key) => Statement) => {
  const prepared = new Map<Key, Statement>();
  return (key) => {
    const statement = prepared.get(key) ?? prepare(key);
    prepared.set(key, statement);
    return statement;
  };
};
