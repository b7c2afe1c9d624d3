import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf } from '@cablehub/events';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { openDatabase, ViewsFault } from './database.ts';
import { checkpoint, VIEWS_VERSION } from './schema.ts';
import { sqliteViews } from './sqlite-views.ts';
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

  it('of another version is made anew, to be rebuilt from the log', () => {
    const file = newFile();
    leaveAt(file, 7);
    const database = openDatabase(file);
    database.drizzle
      .update(checkpoint)
      .set({ version: VIEWS_VERSION + 1 })
      .where(eq(checkpoint.id, 1))
      .run();
    database.close();
    const views = sqliteViews(file);
    expect(views.checkpoint()).toBe(0);
    views.close();
  });

  it('that is not SQLite is a fault that names it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'views-')), 'views.sqlite');
    writeFileSync(file, 'this is no database, and long enough to be seen as none'.repeat(50));
    expect(() => sqliteViews(file)).toThrow(ViewsFault);
    expect(() => sqliteViews(file)).toThrow(file);
  });
});
