/**
 * Rows and the values that SQLite keeps of them.
 *
 * A row is plain when reading it back gives what was written: whole numbers in columns of numbers, text that is valid Unicode in
 * columns of text. Rows made of events that came through the API are; one made of an event that somebody wrote by hand may not be,
 * and SQLite alone knows what it will be read as.
 */
import { getTableColumns } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { tables, type Row, type TableName } from './schema.ts';

export type Value = string | number | null;
export type Values = readonly Value[];
export type Plain<Name extends TableName> = { readonly row: Row<Name>; readonly values: Values };

export type RowForm<Name extends TableName> = {
  /** As SQLite calls it. */
  readonly table: string;
  readonly columns: readonly string[];
  /** What is kept of a row, and the row as it will be read back; null: it is not plain. */
  readonly plain: (row: Row<Name>) => Plain<Name> | null;
  readonly read: (values: Values) => Row<Name>;
};

export type Kind = 'number' | 'text' | 'flag' | 'json';
export type Column = { readonly key: string; readonly name: string; readonly kind: Kind; readonly isNullable: boolean };

const kinds: Readonly<Record<string, Kind>> = {
  SQLiteInteger: 'number',
  SQLiteText: 'text',
  SQLiteBoolean: 'flag',
  SQLiteTextJson: 'json',
};

export const columnsOf = (name: TableName): readonly Column[] =>
  Object.entries(getTableColumns(tables[name])).map(([key, column]) => {
    const kind = kinds[column.columnType];
    if (kind === undefined) throw new Error(`no form for a column of ${column.columnType} (${name}.${key})`);
    return { key, name: column.name, kind, isNullable: !column.notNull };
  });

export const rowForm = <Name extends TableName>(name: Name): RowForm<Name> => {
  const columns = columnsOf(name);
  const plain = (row: Row<Name>): Plain<Name> | null => {
    const values: Value[] = [];
    let read = row as Record<string, unknown>;
    for (const column of columns) {
      const { key, kind } = column;
      const value = read[key];
      if (kind !== 'json') {
        const kept = keptOf(column, value);
        if (kept === undefined) return null;
        values.push(kept);
        continue;
      }
      const json = jsonOf(value);
      if (json === undefined) return null;
      values.push(json.text);
      if (Object.is(json.value, value)) continue;
      if (read === row) read = { ...row };
      read[key] = json.value;
    }
    return { row: read as Row<Name>, values };
  };

  return {
    table: getTableConfig(tables[name]).name,
    columns: columns.map((column) => column.name),
    plain,
    read: (values) => {
      const row: Record<string, unknown> = {};
      for (let index = 0; index < columns.length; index++) {
        const { key, kind } = columns[index]!;
        row[key] = readAs(kind, values[index]!);
      }
      return row as Row<Name>;
    },
  };
};

/** What is kept of a value; undefined: it would not be read back as it is. */
const keptOf = ({ kind, isNullable }: Column, value: unknown): Value | undefined =>
  value === null && kind !== 'json' ? (isNullable ? null : undefined) : keepers[kind](value);

const keepers: { readonly [K in Kind]: (value: unknown) => Value | undefined } = {
  number: (value) => (Number.isSafeInteger(value) && !Object.is(value, -0) ? (value as number) : undefined),
  text: (value) => (typeof value === 'string' && isWellFormed(value) ? value : undefined),
  flag: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
  json: () => undefined,
};

const isWellFormed = (text: string): boolean =>
  (text as unknown as { readonly isWellFormed: () => boolean }).isWellFormed();

type Json = { readonly text: string; readonly value: unknown };

/** Most are. */
const isEmpty = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return (value as readonly unknown[]).length === 0;
  if (prototype !== Object.prototype) return false;
  for (const _ in value) return false;
  return true;
};

/** The texts of values that were read from theirs, or whose texts would be read as the same. */
const texts = new WeakMap<object, Json>();

const jsonOf = (value: unknown): Json | undefined => {
  if (typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : { text, value: JSON.parse(text) as unknown };
  }
  if (isEmpty(value)) return Array.isArray(value) ? { text: '[]', value } : { text: '{}', value };
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  // A value that says itself how it is written may be written as nothing.
  return text === undefined ? undefined : remembered(text);
};

const remembered = (text: string): Json => {
  const value = JSON.parse(text) as unknown;
  const json = { text, value };
  if (typeof value === 'object' && value !== null) texts.set(value, json);
  return json;
};

const readAs = (kind: Kind, value: Value): unknown => {
  if (value === null) return null;
  if (kind === 'flag') return Number(value) === 1;
  return kind === 'json' ? remembered(String(value)).value : value;
};
