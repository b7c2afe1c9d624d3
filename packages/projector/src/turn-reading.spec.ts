import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { positionOf } from '@cablehub/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeDatabase, settle, ViewsFault } from './database.ts';
import { sqliteViews } from './sqlite-views.ts';
import { turnReading, type TurnReading } from './turn-reading.ts';
import type { Views } from './views.ts';

describe('reading by turns', () => {
  let folder: string;
  let file: string;
  let written: Views;
  let read: TurnReading;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'turns-'));
    file = join(folder, 'views.sqlite');
    written = sqliteViews(file);
    read = turnReading(file);
    write(1);
  });
  afterEach(() => {
    read.close();
    written.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (position: number): void => {
    written.begin();
    written.write({ table: 'teams', row: { accountId: 1, id: position, name: 'Sales' } as never });
    written.commit(positionOf(position));
  };
  const now = (atLeast = 0) => {
    const reading = read.now(positionOf(atLeast));
    return [reading.checkpoint(), reading.teamsOf(1 as never).length];
  };

  it('shows one position within a turn, whatever is written meanwhile, and the next in the next', async () => {
    expect(now()).toEqual([1, 1]);
    write(2);
    expect(now()).toEqual([1, 1]);
    await Promise.resolve();
    expect(now()).toEqual([1, 1]);
    await turn();
    expect(now()).toEqual([2, 2]);
  });

  it('shows what somebody has heard of in any case', () => {
    expect(now()).toEqual([1, 1]);
    write(2);
    expect(now(2)).toEqual([2, 2]);
    expect(now(1)).toEqual([2, 2]);
  });

  it('keeps the WAL from being emptied for no longer than the turn', async () => {
    now();
    write(2);
    expect(settle(file)).toBe(false);
    await turn();
    expect(settle(file)).toBe(true);
  });

  it('is refused as long as the file is not where it should be', () => {
    expect(() => now(2)).toThrow(ViewsFault);
    write(2);
    expect(now(2)).toEqual([2, 2]);
  });

  it('is refused while there is no file, or none of views, and goes on with the next', () => {
    expect(now()).toEqual([1, 1]);
    read.close();
    written.close();
    removeDatabase(file);
    expect(() => now()).toThrow(ViewsFault);
    writeFileSync(file, 'no database at all, and long enough to see it '.repeat(50));
    expect(() => now()).toThrow(ViewsFault);
    removeDatabase(file);
    written = sqliteViews(file);
    write(7);
    expect(now()).toEqual([7, 1]);
  });
});
