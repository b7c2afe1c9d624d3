import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf, type AccountId } from '@cablehub/events';
import { allPartitions } from '@cablehub/log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checksumsOf, compareViews } from './checksums.ts';
import { copyDatabase } from './database.ts';
import { VIEWS_VERSION, type Row } from './schema.ts';
import { readSqliteViews, sqliteViews } from './sqlite-views.ts';
import {
  adoptViews,
  isOffered,
  offerViews,
  sealViews,
  stateOf,
  viewFilesIn,
  type Fit,
  type ViewFiles,
} from './view-files.ts';
import type { Views } from './views.ts';

const account = 1 as AccountId;
const team = (id: number, name: string): Row<'teams'> => ({ accountId: account, id, name }) as Row<'teams'>;

let folder: string;
let files: ViewFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'));
  files = viewFilesIn(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (views: Views, position: number, ...teams: readonly Row<'teams'>[]): void => {
  views.begin();
  for (const row of teams) views.write({ table: 'teams', row });
  views.commit(positionOf(position));
};
const leave = (file: string, position: number, ...teams: readonly Row<'teams'>[]): void => {
  const views = sqliteViews(file);
  write(views, position, ...teams);
  views.close();
};
const offer = (position: number, name: string, isWhole = true): void => {
  leave(files.rebuilding, position, team(1, name));
  sealViews(files.rebuilding, { isWhole });
  offerViews(files.rebuilding, files);
};
const liveName = (): string | undefined => {
  const views = readSqliteViews(files.live);
  const row = views.get('teams', account, 1 as never);
  views.close();
  return row?.name;
};

describe('offered views', () => {
  it('take the place of the live ones, which leave nothing behind', () => {
    leave(files.live, 7, team(1, 'old'));
    offer(7, 'rebuilt');
    expect(isOffered(files)).toBe(true);
    expect(adoptViews(files, fitFor(7))).toEqual({ ok: true, position: 7 });
    expect(isOffered(files)).toBe(false);
    expect(liveName()).toBe('rebuilt');
    expect(adoptViews(files, fitFor(7))).toEqual({ ok: false, reason: 'none' });
  });

  it('take it over a file that was left in the middle of its work, and none of that comes back', () => {
    const views = sqliteViews(files.live);
    write(views, 7, team(1, 'only in the WAL'));
    const elsewhere = viewFilesIn(join(folder, 'crashed'));
    // What a killed process leaves: the file and its WAL, not closed.
    sqliteViews(elsewhere.live).close();
    for (const suffix of ['', '-wal']) copyBytes(`${files.live}${suffix}`, `${elsewhere.live}${suffix}`);
    views.close();
    leave(elsewhere.rebuilding, 6, team(1, 'rebuilt'));
    sealViews(elsewhere.rebuilding, { isWhole: true });
    offerViews(elsewhere.rebuilding, elsewhere);
    expect(adoptViews(elsewhere, fitFor(7))).toEqual({ ok: true, position: 6 });
    expect(stateOf(elsewhere.live)).toEqual({ position: 6, version: VIEWS_VERSION, partitions: '0-63', isWhole: true });
  });

  it('that were claimed before a crash are taken over at the next start', () => {
    offer(5, 'rebuilt');
    copyBytes(files.next, files.adopting);
    rmSync(files.next);
    expect(isOffered(files)).toBe(true);
    expect(adoptViews(files, fitFor(5))).toEqual({ ok: true, position: 5 });
    expect(liveName()).toBe('rebuilt');
  });

  it('wait while somebody reads what is not in the live file yet', () => {
    const views = sqliteViews(files.live);
    write(views, 7, team(1, 'old'));
    const reader = readSqliteViews(files.live);
    const reading = sqliteViews(files.live);
    reading.begin();
    offer(7, 'rebuilt');
    expect(adoptViews(files, fitFor(7))).toEqual({ ok: false, reason: 'busy' });
    expect(liveName()).toBe('old');
    reading.rollback();
    for (const open of [reading, reader, views]) open.close();
    expect(adoptViews(files, fitFor(7))).toEqual({ ok: true, position: 7 });
    expect(liveName()).toBe('rebuilt');
  });

  it.each([
    ['that are a part only', () => offer(5, 'part', false), 'a part only'],
    ['further than what has been told', () => offer(8, 'ahead'), 'only 7 has been told'],
    ['that are none', () => writeFileSync(files.next, 'no views'), 'cannot be read'],
  ])('%s are removed, and the live ones stay', (_what, offering, why) => {
    leave(files.live, 7, team(1, 'old'));
    offering();
    const adoption = adoptViews(files, fitFor(7));
    expect(adoption).toMatchObject({ ok: false, reason: 'unfit' });
    expect(adoption).toHaveProperty('why', expect.stringContaining(why));
    expect(liveName()).toBe('old');
    expect(isOffered(files)).toBe(false);
  });
});

const fitFor = (told: number, partitions = allPartitions): Fit => ({ told: positionOf(told), partitions });

const copyBytes = (from: string, to: string): void => writeFileSync(to, readFileSync(from));

describe('a copy of views', () => {
  it('is true for one position, one file, and made while another writes on', async () => {
    const views = sqliteViews(files.live);
    const many = Array.from({ length: 20_000 }, (_, id) => team(id + 1, 'x'.repeat(100)));
    write(views, 1, ...many);
    let position = 1;
    let isCopying = true;
    const copying = copyDatabase(files.live, files.copy).finally(() => (isCopying = false));
    while (isCopying) {
      write(views, ++position, team(1, `at ${position}`), team(2, `at ${position}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await copying;
    expect(position).toBeGreaterThan(2);
    const state = stateOf(files.copy)!;
    expect(state.position).toBeLessThan(position);
    const copy = readSqliteViews(files.copy);
    const names = [1, 2].map((id) => copy.get('teams', account, id as never)!.name);
    copy.close();
    views.close();
    expect(names[0]).toBe(names[1]);
    expect(existsSync(`${files.copy}-wal`)).toBe(false);
    expect(readdirSync(folder)).toContain('views.copy.sqlite');
  });
});

describe('the comparison of views', () => {
  const compare = (kept: readonly Row<'teams'>[], rebuilt: readonly Row<'teams'>[]) => {
    leave(files.live, 1, ...kept);
    leave(files.rebuilding, 1, ...rebuilt);
    return compareViews(files.live, files.rebuilding).find(({ table }) => table === 'teams')!;
  };

  it('finds the same rows the same, in whatever order they were written', () => {
    const [one, two] = [team(1, 'a'), team(2, 'b')];
    expect(compare([one, two], [two, one]).difference).toBeNull();
    expect(checksumsOf(files.live)).toEqual(checksumsOf(files.rebuilding));
  });

  it.each([
    [
      'a value that differs',
      [team(1, 'a'), team(9, 'b')],
      { key: 'account_id 1, id 9', column: 'name', what: 'differs' },
    ],
    ['a row that is missing', [team(9, 'c')], { key: 'account_id 1, id 1', column: null, what: 'missing' }],
    [
      'a row too many',
      [team(1, 'a'), team(5, 'x'), team(9, 'c')],
      { key: 'account_id 1, id 5', column: null, what: 'surplus' },
    ],
    [
      'a row too many at the end',
      [team(1, 'a'), team(9, 'c'), team(10, 'x')],
      { key: 'account_id 1, id 10', column: null, what: 'surplus' },
    ],
  ])('names %s', (_what, kept, difference) => {
    expect(compare(kept, [team(1, 'a'), team(9, 'c')]).difference).toEqual(difference);
  });
});
