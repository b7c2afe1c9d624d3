/** Opens the SQLite file of the views. The only file that knows better-sqlite3. */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';

export type Database = {
  readonly drizzle: BetterSQLite3Database;
  /** Runs a statement without parameters: `BEGIN IMMEDIATE`. */
  readonly execute: (statement: string) => void;
  readonly close: () => void;
};

/** A fault of the views' file: full, locked or damaged. */
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
export const openDatabase = (file: string): Database => {
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    const sqlite = new Sqlite(file);
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma('synchronous = NORMAL');
    sqlite.pragma('wal_autocheckpoint = 10000');
    const database = drizzle(sqlite);
    migrate(database, { migrationsFolder });
    return {
      drizzle: database,
      execute: (statement) => void sqlite.exec(statement),
      close: () => void sqlite.close(),
    };
  } catch (cause) {
    throw new ViewsFault(`the views cannot be opened in ${file}: ${String(cause)}`, { cause });
  }
};

/** True for what SQLite throws: the file's fault, not the event's. */
export const isDatabaseError = (error: unknown): boolean => error instanceof Sqlite.SqliteError;

/** Removes a file of the views, to be made anew from the log. */
export const removeDatabase = (file: string): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
};
