/** What every adapter of the snapshots must do. */
import { hash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf } from '@cablehub/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Snapshots } from './snapshots.ts';

export type OpenSnapshots = {
  readonly snapshots: Snapshots;
  /** Spoils what is kept under a name. */
  readonly damage: (name: string) => Promise<void>;
};

export const describeSnapshots = (name: string, open: () => Promise<OpenSnapshots>): void => {
  describe(`snapshots in ${name}`, () => {
    let snapshots: Snapshots;
    let damage: OpenSnapshots['damage'];
    let folder: string;

    beforeEach(async () => {
      ({ snapshots, damage } = await open());
      folder = mkdtempSync(join(tmpdir(), 'snapshots-'));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const put = (position: number, bytes = randomBytes(1_000), viewsVersion = 1) => {
      const file = join(folder, 'views.sqlite');
      writeFileSync(file, bytes);
      return snapshots.put(file, { position: positionOf(position), viewsVersion });
    };
    const target = (): string => join(folder, 'fetched.sqlite');

    it('are none to begin with', async () => expect(await snapshots.list()).toEqual([]));

    it('give a file back byte for byte, also one of many chunks', async () => {
      for (const size of [0, 1, 3_000_000]) {
        const bytes = randomBytes(size);
        const snapshot = await put(size + 1, bytes);
        expect(await snapshots.fetch(snapshot, target())).toEqual({ ok: true });
        expect(readFileSync(target()).equals(bytes)).toBe(true);
      }
    });

    it('say what they hold', async () => {
      const bytes = randomBytes(5_000);
      const snapshot = await put(41, bytes, 7);
      const sha256 = hash('sha256', bytes, 'hex');
      expect(snapshot).toEqual({ name: 'views-v7-41', position: 41, viewsVersion: 7, sha256, sizeBytes: 5_000 });
      expect(await snapshots.list()).toEqual([snapshot]);
    });

    it('are kept as long as they are among the three furthest in the log, which come first', async () => {
      for (const position of [10, 9, 200, 30, 100]) await put(position);
      expect((await snapshots.list()).map(({ position }) => position)).toEqual([200, 100, 30]);
    });

    it('replace one of the same version and position', async () => {
      await put(5);
      const second = await put(5, Buffer.from('second'));
      expect(await snapshots.list()).toEqual([second]);
      expect(await snapshots.fetch(second, target())).toEqual({ ok: true });
      expect(readFileSync(target(), 'utf8')).toBe('second');
    });

    it('are not given back when they are damaged', async () => {
      const snapshot = await put(5);
      await damage(snapshot.name);
      expect(await snapshots.fetch(snapshot, target())).toEqual({ ok: false, reason: 'damaged' });
      expect(existsSync(target())).toBe(false);
    });

    it('are not given back when they are gone', async () => {
      const first = await put(1);
      for (const position of [2, 3, 4]) await put(position);
      expect(await snapshots.fetch(first, target())).toEqual({ ok: false, reason: 'gone' });
      expect(existsSync(target())).toBe(false);
    });
  });
};
