/**
 * The rows of one table as they are now, those that were used lately in memory.
 *
 * What is written is kept back until `flush`, so a row that changes often within a transaction is written once, in its last state,
 * and of a row that is there already only the columns that changed: an index of columns that did not is not touched. A row that
 * is not plain (stored-rows.ts) is written at once and read from SQLite.
 */
import type { AccountId } from '@cablehub/events';
import type { Database, Statement } from './database.ts';
import { highestIn } from './highest.ts';
import { recent } from './recent.ts';
import type { Row, TableName } from './schema.ts';
import { rowForm, type RowForm, type Values } from './stored-rows.ts';

export type HotRows<Name extends TableName> = {
  readonly get: (accountId: AccountId, id: unknown) => Row<Name> | null;
  /** Gives the row as it will be read back; null: it is not plain. Throws what SQLite says of it, and then nothing has changed. */
  readonly put: (row: Row<Name>) => Row<Name> | null;
  readonly remove: (accountId: AccountId, id: unknown) => void;
  /** Brings what was kept back into SQLite. */
  readonly flush: () => void;
  /** Forgets everything, what was kept back included. */
  readonly forget: () => void;
};

type Entry<Name extends TableName> = {
  /** Null: there is none. */
  row: Row<Name> | null;
  values: Values | null;
  /** What SQLite has; null: nothing. */
  stored: Values | null;
  isKeptBack: boolean;
};

export type HotRowsOptions<Name extends TableName> = {
  readonly name: Name;
  /** Writes a row that is not plain. */
  readonly putAsItIs: (row: Row<Name>) => void;
};

/** How many rows of a table stay in memory without being used. */
const LIMIT = 2_048;

export const hotRows = <Name extends TableName>(
  database: Database,
  { name, putAsItIs }: HotRowsOptions<Name>,
): HotRows<Name> => {
  const form = rowForm(name);
  const statements = statementsFor(database, form);
  let keptBack: Entry<Name>[] = [];
  const flush = (): void => {
    if (keptBack.length === 0) return;
    for (const entry of keptBack) {
      if (!entry.isKeptBack) continue;
      statements.write(entry.values!, entry.stored);
      entry.stored = entry.values;
      entry.isKeptBack = false;
    }
    keptBack = [];
  };
  const entries = recent<Entry<Name>>(LIMIT, flush);
  const highest = highestIn(database, { table: form.table, column: 'id', flush });

  const load = (accountId: AccountId, id: number): Entry<Name> => {
    const values = highest.isBelow(accountId, id) ? null : statements.read(accountId, id);
    const row = values === null ? null : form.read(values);
    const entry: Entry<Name> = { row, values, stored: values, isKeptBack: false };
    entries.set(accountId, id, entry);
    return entry;
  };
  const entryOf = (accountId: AccountId, id: number): Entry<Name> => entries.get(accountId, id) ?? load(accountId, id);

  const putPlain = (row: Row<Name>, values: Values): void => {
    const { accountId, id } = row;
    const entry = entryOf(accountId, id);
    highest.wrote(accountId, id);
    Object.assign(entry, { row, values });
    if (entry.isKeptBack) return;
    entry.isKeptBack = true;
    keptBack.push(entry);
  };

  /** As SQLite has it now, nothing kept back. */
  const drop = (accountId: AccountId, id: unknown): void => {
    const entry = isKey(id) ? entries.get(accountId, id) : undefined;
    if (entry !== undefined) entry.isKeptBack = false;
    if (isKey(id)) entries.delete(accountId, id);
    flush();
    highest.wrote(accountId, null);
  };

  return {
    get: (accountId, id) => {
      if (isKey(id)) return entryOf(accountId, id).row;
      flush();
      const values = statements.read(accountId, id);
      return values === null ? null : form.read(values);
    },
    put: (row) => {
      const plain = form.plain(row);
      if (plain === null) {
        if (!isKey(row.id)) flush();
        putAsItIs(row);
        drop(row.accountId, row.id);
        return null;
      }
      putPlain(plain.row, plain.values);
      return plain.row;
    },
    remove: (accountId, id) => {
      if (!isKey(id)) flush();
      statements.remove(accountId, id);
      drop(accountId, id);
    },
    flush,
    forget: () => {
      keptBack = [];
      entries.clear();
      highest.forget();
    },
  };
};

const isKey = (id: unknown): id is number => Number.isSafeInteger(id);

/** More combinations of changed columns than this are written as whole rows. */
const MOST_UPDATES = 64;

const statementsFor = <Name extends TableName>(database: Database, { table, columns }: RowForm<Name>) => {
  const named = columns.map((column) => `"${column}"`);
  const [account, id] = [columns.indexOf('account_id'), columns.indexOf('id')];
  const key = '"account_id" = ? AND "id" = ?';
  const replaced = named.map((column) => `${column} = excluded.${column}`).join(', ');
  const whole = database.prepare(
    `INSERT INTO "${table}" (${named.join(', ')}) VALUES (${named.map(() => '?').join(', ')}) ` +
      `ON CONFLICT ("account_id", "id") DO UPDATE SET ${replaced}`,
  );
  const one = database.prepare(`SELECT ${named.join(', ')} FROM "${table}" WHERE ${key}`).raw();
  const remove = database.prepare(`DELETE FROM "${table}" WHERE ${key}`);
  /** By the columns that changed, a bit each. */
  const updates = new Map<number, Statement>();

  const updateOf = (changed: number): Statement | undefined => {
    const found = updates.get(changed);
    if (found !== undefined || updates.size >= MOST_UPDATES) return found;
    const set = named.filter((_, index) => changed & (1 << index)).map((column) => `${column} = ?`);
    const made = database.prepare(`UPDATE "${table}" SET ${set.join(', ')} WHERE ${key}`);
    updates.set(changed, made);
    return made;
  };

  const update = (values: Values, stored: Values): void => {
    let changed = 0;
    const bound: Values[number][] = [];
    for (let index = 0; index < values.length; index++) {
      if (values[index] === stored[index]) continue;
      changed |= 1 << index;
      bound.push(values[index]!);
    }
    if (changed === 0) return;
    const statement = updateOf(changed);
    if (statement === undefined) whole.run(...values);
    else statement.run(...bound, values[account]!, values[id]!);
  };

  return {
    read: (accountId: number, rowId: unknown) => (one.get(accountId, rowId) as Values | undefined) ?? null,
    remove: (accountId: number, rowId: unknown): void => void remove.run(accountId, rowId),
    write: (values: Values, stored: Values | null): void => {
      if (stored === null) whole.run(...values);
      else update(values, stored);
    },
  };
};
