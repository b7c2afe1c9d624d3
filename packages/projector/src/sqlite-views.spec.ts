import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf, type AccountId } from '@cablehub/events';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { openDatabase, ViewsFault } from './database.ts';
import { checkpoint, VIEWS_VERSION } from './schema.ts';
import { readSqliteViews, sqliteViews } from './sqlite-views.ts';
import { describeViews } from './views.contract.ts';

describeViews('SQLite', () => sqliteViews(':memory:'));

describe('a file of views', () => {
  const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'views-')), 'deep', 'views.sqlite');
  const leaveAt = (file: string, position: number): void => {
    const views = sqliteViews(file);
    views.begin();
    views.commit(positionOf(position));
    views.close();
  };

  it('is made with its folder, and keeps its position', () => {
    const file = newFile();
    leaveAt(file, 7);
    const views = sqliteViews(file);
    expect(views.checkpoint()).toBe(7);
    views.close();
  });

  it('of another version is refused and left as it is', () => {
    const file = newFile();
    leaveAt(file, 7);
    const database = openDatabase(file);
    database.drizzle
      .update(checkpoint)
      .set({ version: VIEWS_VERSION + 1 })
      .where(eq(checkpoint.id, 1))
      .run();
    database.close();
    expect(() => sqliteViews(file)).toThrow(ViewsFault);
    const views = readSqliteViews(file);
    expect(views.checkpoint()).toBe(7);
    views.close();
  });

  it('is read while another writes it', () => {
    const file = newFile();
    leaveAt(file, 7);
    const [writer, reader] = [sqliteViews(file), readSqliteViews(file)];
    writer.begin();
    writer.park({ position: positionOf(8), accountId: 1 as AccountId, type: 'unreadable', reason: 'too new' });
    expect([reader.checkpoint(), reader.parked()]).toEqual([7, []]);
    writer.commit(positionOf(8));
    expect([reader.checkpoint(), reader.parked()]).toMatchObject([8, [{ reason: 'too new' }]]);
    reader.close();
    writer.close();
  });

  it('that is not there cannot be read, and is not made', () => {
    const file = newFile();
    expect(() => readSqliteViews(file)).toThrow(ViewsFault);
    expect(existsSync(file)).toBe(false);
  });

  it('that is not SQLite is a fault that names it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'views-')), 'views.sqlite');
    writeFileSync(file, 'this is no database, and long enough to be seen as none'.repeat(50));
    expect(() => sqliteViews(file)).toThrow(ViewsFault);
    expect(() => sqliteViews(file)).toThrow(file);
  });
});
