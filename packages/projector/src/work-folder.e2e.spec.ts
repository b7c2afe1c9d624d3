import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ended, ready, startModule } from './killed.fixture.ts';
import { openWorkFolder } from './work-folder.ts';

/** Works in a folder for as long as it lives. */
const working = `
  import { writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  const { openWorkFolder } = await import(built);
  const folder = openWorkFolder(process.argv[2], 'replay');
  writeFileSync(join(folder.path, 'rebuilt.sqlite'), 'large');
  console.log('ready');
  setInterval(() => folder.path, 1_000);
`;

describe('a folder to rebuild views in', () => {
  let parent: string;
  beforeEach(() => void (parent = mkdtempSync(join(tmpdir(), 'work-'))));
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it('is left alone while its maker lives, and removed by the next one when that was killed', async () => {
    const [one, other] = [startModule(working, [parent]), startModule(working, [parent])];
    try {
      await Promise.all([ready(one), ready(other)]);
      const both = readdirSync(parent);
      expect(both).toHaveLength(2);
      openWorkFolder(parent, 'verify').remove();
      expect(readdirSync(parent)).toEqual(both);
      one.kill('SIGKILL');
      expect(await ended(one)).toBe('SIGKILL');
      expect(readdirSync(parent)).toEqual(both);
      openWorkFolder(parent, 'verify').remove();
      const [left] = readdirSync(parent);
      expect(readdirSync(parent)).toHaveLength(1);
      expect(existsSync(join(parent, left!, 'rebuilt.sqlite'))).toBe(true);
    } finally {
      for (const child of [one, other]) child.kill('SIGKILL');
      await Promise.all([ended(one), ended(other)]);
    }
  });

  it('that nobody has claimed is removed once it is no longer just made; others than ours never', () => {
    const make = (name: string): string => {
      mkdirSync(join(parent, name));
      return join(parent, name);
    };
    make('replay-new');
    const old = make('replay-old');
    const foreign = make('archive-old');
    writeFileSync(join(parent, 'replay-file'), '');
    for (const path of [old, foreign]) utimesSync(path, 1_000, 1_000);
    openWorkFolder(parent, 'replay').remove();
    expect(readdirSync(parent).toSorted()).toEqual(['archive-old', 'replay-file', 'replay-new']);
  });
});
