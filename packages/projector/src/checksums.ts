/**
 * Whether two files of views hold the same: a checksum per table, and the first row that differs.
 *
 * Rebuilt must equal kept, byte for byte, so rows are compared as SQLite has them, in the order of their keys, over all
 * columns. What differs is named by table, key and column and never shown: it may be a token.
 */
import { createHash } from 'node:crypto';
import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { openReadOnly, type Database } from './database.ts';
import { eventIds, parked, tables } from './schema.ts';

export type TableSum = {
  /** As SQLite calls it: `contact_inboxes`. */
  readonly table: string;
  readonly rows: number;
  /** SHA-256 in hexadecimal. */
  readonly checksum: string;
};

export type Difference = {
  /** The values of the key columns: `account_id 1, id 7`. */
  readonly key: string;
  /** Null: the whole row is in one of the files only. */
  readonly column: string | null;
  readonly what: 'differs' | 'missing' | 'surplus';
};

export type TableComparison = {
  readonly table: string;
  readonly kept: TableSum;
  readonly rebuilt: TableSum;
  /** The first row, by key, in which the kept views differ from the rebuilt ones; null: none does. */
  readonly difference: Difference | null;
};

type Shape = {
  readonly table: string;
  readonly columns: readonly string[];
  readonly keys: readonly string[];
  /** Columns of bytes: read in hexadecimal, whose order is that of the bytes. */
  readonly bytes: readonly string[];
};

const shapeOf = (table: SQLiteTable, keys: readonly string[]): Shape => ({
  table: getTableConfig(table).name,
  columns: Object.values(getTableColumns(table)).map(({ name }) => name),
  keys,
  bytes: Object.values(getTableColumns(table)).flatMap(({ name, dataType }) => (dataType === 'buffer' ? [name] : [])),
});

const shapes: readonly Shape[] = [
  ...Object.values(tables).map((table) => shapeOf(table, ['account_id', 'id'])),
  shapeOf(parked, ['position']),
  shapeOf(eventIds, ['account_id', 'digest']),
];

/** The checksums of all tables of a file. Two files with the same rows have the same, however they came about. */
export const checksumsOf = (file: string): readonly TableSum[] =>
  reading([file], ([database]) => shapes.map((shape) => sumOf(database!, shape)));

/** Compares kept views with rebuilt ones, table by table. Nobody may write the files meanwhile. */
export const compareViews = (kept: string, rebuilt: string): readonly TableComparison[] =>
  reading([kept, rebuilt], ([one, other]) =>
    shapes.map((shape): TableComparison => {
      const sums = { kept: sumOf(one!, shape), rebuilt: sumOf(other!, shape) };
      const isSame = sums.kept.checksum === sums.rebuilt.checksum;
      return { table: shape.table, ...sums, difference: isSame ? null : firstDifference(one!, other!, shape) };
    }),
  );

const reading = <T>(files: readonly string[], read: (databases: readonly Database[]) => T): T => {
  const open: Database[] = [];
  try {
    for (const file of files) open.push(openReadOnly(file));
    return read(open);
  } finally {
    for (const database of open) database.close();
  }
};

const rowsIn = (database: Database, { table, columns, keys, bytes }: Shape): IterableIterator<readonly unknown[]> =>
  database.rows(
    `SELECT ${columns.map((name) => (bytes.includes(name) ? `hex(${quoted(name)})` : quoted(name))).join(', ')} FROM ${quoted(table)} ORDER BY ${keys.map(quoted).join(', ')}`,
  );

const quoted = (name: string): string => `"${name}"`;

const sumOf = (database: Database, shape: Shape): TableSum => {
  const hash = createHash('sha256');
  let rows = 0;
  for (const row of rowsIn(database, shape)) {
    hash.update(`${JSON.stringify(row)}\n`);
    rows++;
  }
  return { table: shape.table, rows, checksum: hash.digest('hex') };
};

const firstDifference = (kept: Database, rebuilt: Database, shape: Shape): Difference | null => {
  const [one, other] = [rowsIn(kept, shape), rowsIn(rebuilt, shape)];
  try {
    for (;;) {
      const [left, right] = [one.next(), other.next()];
      if (left.done && right.done) return null;
      const difference = differenceOf(shape, left.done ? null : left.value, right.done ? null : right.value);
      if (difference !== null) return difference;
    }
  } finally {
    one.return?.();
    other.return?.();
  }
};

type Values = readonly unknown[] | null;

const differenceOf = (shape: Shape, kept: Values, rebuilt: Values): Difference | null => {
  const order = orderOf(shape, kept, rebuilt);
  if (order > 0) return { key: keyOf(shape, rebuilt!), column: null, what: 'missing' };
  if (order < 0) return { key: keyOf(shape, kept!), column: null, what: 'surplus' };
  const index = shape.columns.findIndex((_, at) => kept![at] !== rebuilt![at]);
  return index < 0 ? null : { key: keyOf(shape, kept!), column: shape.columns[index]!, what: 'differs' };
};

/** Below 0: the kept row comes first by key, so the rebuilt views lack it. */
const orderOf = (shape: Shape, kept: Values, rebuilt: Values): number => {
  if (kept === null) return 1;
  if (rebuilt === null) return -1;
  const other = keyValues(shape, rebuilt);
  const order = keyValues(shape, kept).map((value, at) => Number(value > other[at]!) - Number(value < other[at]!));
  return order.find((difference) => difference !== 0) ?? 0;
};

const keyValues = ({ columns, keys }: Shape, row: readonly unknown[]): readonly (number | string)[] =>
  keys.map((key) => row[columns.indexOf(key)] as number | string);

const keyOf = (shape: Shape, row: readonly unknown[]): string =>
  keyValues(shape, row)
    .map((value, at) => `${shape.keys[at]} ${value}`)
    .join(', ');
