import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFile, isDatabaseError, openDatabase, type Database } from './database.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'database-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a disk that is full', () => {
  const fill = (database: Database): void => {
    for (let id = 1; id < 10_000; id++)
      database.execute(`INSERT INTO teams (account_id, id, name) VALUES (1, ${id}, '${'x'.repeat(1_000)}')`);
  };
  const failureOf = (work: () => void): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    return null;
  };
  const rows = (database: Database): unknown => [...database.rows('SELECT count(*) FROM teams')][0]![0];

  it('undoes the whole of the transaction, and the next one can begin', () => {
    const database = openDatabase(join(folder, 'views.sqlite'));
    database.execute('PRAGMA max_page_count = 200'); // what the disk has left
    database.execute('BEGIN IMMEDIATE');
    const failure = failureOf(() => fill(database));
    expect(isDatabaseError(failure)).toBe(true);
    expect(String(failure)).toContain('full');
    // SQLite has undone the transaction itself, and refuses to be asked again.
    expect(() => database.execute('ROLLBACK')).toThrow('no transaction is active');
    expect(failureOf(database.rollback)).toBeNull();
    expect(rows(database)).toBe(0);
    database.execute('PRAGMA max_page_count = 100000');
    database.execute('BEGIN IMMEDIATE');
    database.execute(`INSERT INTO teams (account_id, id, name) VALUES (1, 1, 'x')`);
    database.execute('COMMIT');
    expect(rows(database)).toBe(1);
    database.close();
  });
});

describe('a claim of a file', () => {
  it('is had by one, until it is given back', () => {
    const file = join(folder, 'claim');
    const release = claimFile(file);
    expect(release).not.toBeNull();
    expect(claimFile(file)).toBeNull();
    release!();
    const again = claimFile(file);
    expect(again).not.toBeNull();
    again!();
  });

  it('cannot be made where there is no folder', () => {
    expect(claimFile(join(folder, 'none', 'claim'))).toBeNull();
  });
});
