import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf, type AccountId } from '@cablehub/events';
import { allPartitions } from '@cablehub/log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ended, startModule } from './killed.fixture.ts';
import type { Row } from './schema.ts';
import { readSqliteViews, sqliteViews } from './sqlite-views.ts';
import { adoptViews, offerViews, sealViews, stateOf, viewFilesIn, type ViewFiles } from './view-files.ts';

/** Takes views over, and is killed at the nth step that it asks of the file system. */
const takeOver = `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const [folder, told, step] = process.argv.slice(2);
  let left = Number(step);
  for (const name of ['renameSync', 'rmSync']) {
    const real = fs[name];
    fs[name] = (...args) => {
      if (--left === 0) process.kill(process.pid, 'SIGKILL');
      return real(...args);
    };
  }
  syncBuiltinESMExports();
  const { adoptViews, viewFilesIn } = await import(built);
  const { ok } = adoptViews(viewFilesIn(folder), { told: Number(told), partitions: { first: 0, last: 63 } });
  process.exitCode = ok ? 0 : 1;
`;

const account = 1 as AccountId;
const teams = 200;

const leave = (file: string, name: string): void => {
  const views = sqliteViews(file);
  views.begin();
  for (let id = 1; id <= teams; id++)
    views.write({ table: 'teams', row: { accountId: account, id, name } as Row<'teams'> });
  views.commit(positionOf(7));
  views.close();
};

/** The names in the live file: one, when it is wholly of one origin. */
const namesIn = (file: string): ReadonlySet<string | undefined> => {
  const views = readSqliteViews(file);
  const names = Array.from({ length: teams }, (_, id) => views.get('teams', account, (id + 1) as never)?.name);
  views.close();
  return new Set(names);
};

const copyAll = (from: string, to: string): void => {
  for (const suffix of ['', '-wal'].filter((one) => existsSync(`${from}${one}`)))
    copyFileSync(`${from}${suffix}`, `${to}${suffix}`);
};

describe('views that are taken over by a projector that is killed', () => {
  let folder: string;
  let files: ViewFiles;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'killed-'));
    files = viewFilesIn(join(folder, 'projector'));
    // As a killed projector leaves its file: all in the WAL, nothing in the file.
    const before = viewFilesIn(join(folder, 'before'));
    const views = sqliteViews(before.live);
    leave(before.live, 'old');
    sqliteViews(files.live).close();
    copyAll(before.live, files.live);
    views.close();
    leave(files.rebuilding, 'rebuilt');
    sealViews(files.rebuilding, { isWhole: true });
    offerViews(files.rebuilding, files);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('leave the old ones or the rebuilt ones, whole, at whatever step; and the next start takes them over', async () => {
    const found: string[] = [];
    for (let step = 1; ; step++) {
      const place = viewFilesIn(join(folder, String(step)));
      sqliteViews(place.live).close();
      copyAll(files.live, place.live);
      copyAll(files.next, place.next);
      const end = await ended(startModule(takeOver, [join(folder, String(step)), '7', String(step)]));
      expect(stateOf(place.live)).toMatchObject({ position: 7, isWhole: true });
      const names = namesIn(place.live);
      expect(names.size).toBe(1);
      found.push([...names][0]!);
      if (end === 0) break;
      expect(end).toBe('SIGKILL');
      adoptViews(place, { told: positionOf(7), partitions: allPartitions });
      expect([...namesIn(place.live)]).toEqual(['rebuilt']);
      expect(existsSync(place.next) || existsSync(place.adopting)).toBe(false);
    }
    // Two renames and the removal of four side files, and one run that nobody killed.
    expect(found).toEqual([...Array<string>(6).fill('old'), 'rebuilt']);
  });
});
