/** The SQLite files of the views: opening, copying, removing. The only file that knows better-sqlite3. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';

/** A prepared statement; values are bound in order. */
export type Statement = Pick<Sqlite.Statement, 'run' | 'get' | 'all'> & {
  /** Gives rows as the values of their columns in order from now on. */
  readonly raw: () => Statement;
};

export type Database = {
  readonly drizzle: BetterSQLite3Database;
  /** Runs a statement without parameters: `BEGIN IMMEDIATE`. */
  readonly execute: (statement: string) => void;
  readonly prepare: (statement: string) => Statement;
  /** Undoes the open transaction; nothing when there is none, as after a fault that made SQLite undo it. */
  readonly rollback: () => void;
  /** The rows of a query, one by one, each as the values of its columns in order. */
  readonly rows: (query: string) => IterableIterator<readonly unknown[]>;
  readonly close: () => void;
};

/** A fault of the views' file: full, locked, damaged, or of another version. */
export class ViewsFault extends Error {
  readonly code = 'views_unusable';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ViewsFault';
  }
}

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * Opens the file, or makes it, and brings its tables up to date. `:memory:` keeps nothing. Faults: ViewsFault.
 *
 * Commits are not synced to disk one by one: after a power cut the file is whole but may be a little behind, and the
 * projector takes up the log where the file ends.
 */
export const openDatabase = (file: string): Database =>
  opening(file, () => {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    const sqlite = new Sqlite(file);
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma('synchronous = NORMAL');
    sqlite.pragma('wal_autocheckpoint = 10000');
    migrate(drizzle(sqlite), { migrationsFolder });
    return databaseIn(sqlite);
  });

/** Opens a file that is there to be read, as it is; another process may be writing it. Faults: ViewsFault. */
export const openReadOnly = (file: string): Database =>
  opening(file, () => databaseIn(new Sqlite(file, { readonly: true, fileMustExist: true })));

const databaseIn = (sqlite: Sqlite.Database): Database => ({
  drizzle: drizzle(sqlite),
  execute: (statement) => void sqlite.exec(statement),
  prepare: (statement) => sqlite.prepare(statement),
  rollback: () => void (sqlite.inTransaction && sqlite.exec('ROLLBACK')),
  rows: (query) => sqlite.prepare(query).raw().iterate() as IterableIterator<readonly unknown[]>,
  close: () => void sqlite.close(),
});

const opening = <T>(file: string, open: () => T): T => {
  try {
    return open();
  } catch (cause) {
    throw new ViewsFault(`the views cannot be opened in ${file}: ${String(cause)}`, { cause });
  }
};

/** How much is copied before others get their turn. */
const COPY_PAGES = 256;

/**
 * Copies a file that may be written meanwhile, as it is at one moment; the copy is a single file. Resolves to nothing, and
 * lets others work in between. Faults: ViewsFault.
 *
 * The copy is made within one read transaction: without it SQLite would begin anew at each write of another connection,
 * and under load never end.
 */
export const copyDatabase = async (from: string, to: string): Promise<void> => {
  removeDatabase(to);
  const source = opening(from, () => new Sqlite(from, { readonly: true, fileMustExist: true }));
  try {
    source.exec('BEGIN');
    source.prepare('SELECT * FROM sqlite_schema').all(); // the transaction begins with the first reading
    await source.backup(to, { progress: () => COPY_PAGES });
    settleAsOneFile(to);
  } catch (cause) {
    removeDatabase(to);
    throw new ViewsFault(`the views in ${from} cannot be copied: ${String(cause)}`, { cause });
  } finally {
    source.close();
  }
};

/** Brings everything into the file itself, so that it can be moved, and marks it. Nobody else may have it open. */
export const settleAsOneFile = (file: string, mark = 0): void => {
  const sqlite = opening(file, () => new Sqlite(file, { fileMustExist: true }));
  try {
    sqlite.pragma('journal_mode = DELETE');
    sqlite.pragma('synchronous = FULL');
    sqlite.pragma(`user_version = ${mark}`);
  } finally {
    sqlite.close();
  }
};

/**
 * Brings everything into the file itself while others may read it. False: somebody is reading what is not there yet, or
 * the file cannot be opened; try again later.
 */
export const settle = (file: string): boolean => {
  const sqlite = new Sqlite(file, { timeout: 0 });
  try {
    sqlite.pragma('synchronous = FULL');
    const [result] = sqlite.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy: number }[];
    return result?.busy === 0;
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false;
    throw error;
  } finally {
    sqlite.close();
  }
};

/**
 * Claims a file for as long as this process lives, whatever ends it; null: another has it, or it cannot be made. What is
 * returned gives it back. The claim is a lock of the file, so it holds between containers that share a volume, where process
 * ids mean nothing.
 */
export const claimFile = (file: string): (() => void) | null => {
  let sqlite: Sqlite.Database | null = null;
  try {
    sqlite = new Sqlite(file, { timeout: 0 });
    sqlite.exec('BEGIN EXCLUSIVE');
    const claim = sqlite;
    return () => void claim.close();
  } catch {
    sqlite?.close();
    return null;
  }
};

/** True for the file's faults: full, locked, damaged. False for a row that SQLite refuses, which is the event's fault. */
export const isDatabaseError = (error: unknown): boolean =>
  error instanceof Sqlite.SqliteError && !/^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(error.code);

/** True when a file is no SQLite, or no longer a whole one: nothing can be gone on with. */
export const isDamaged = (error: unknown): boolean => {
  const cause = error instanceof ViewsFault ? error.cause : error;
  return cause instanceof Sqlite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(cause.code);
};

/** Removes a file of the views, to be made anew from the log. */
export const removeDatabase = (file: string): void => {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
};

/** Removes what lies beside a file whose content is all in the file itself. */
export const removeSideFiles = (file: string): void => {
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
};

export const isThere = (file: string): boolean => existsSync(file);
