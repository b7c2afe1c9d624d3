import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf, type NewEvent } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import type { EventLog } from '@cablehub/log';
import { memoryLog, memorySnapshots } from '@cablehub/log/testing';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checksumsOf } from './checksums.ts';
import { copyDatabase } from './database.ts';
import { followViews, type FollowedViews, type FollowViewsOptions } from './follow.ts';
import { describeFollowedViews } from './followed-views.contract.ts';
import { replay } from './replay.ts';
import { sqliteViews } from './sqlite-views.ts';
import { story } from './story.fixture.ts';
import { changeViewsVersion } from './testing.ts';
import { VIEWS_VERSION } from './schema.ts';
import { viewFilesIn, type ViewFiles } from './view-files.ts';

const WITHIN = 5_000;
const team = (id: number, name = 'Sales'): NewEvent => newEvent('team.created', { id, name });
const append = async (log: EventLog, ...events: readonly NewEvent[]): Promise<void> =>
  void (await log.append(events.map((event) => ({ event }))));

describeFollowedViews('the thread that reads them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'follow-'));
  const files = viewFilesIn(join(folder, 'api'));
  const log = memoryLog();
  return {
    log,
    files,
    follow: async (signal) => followViews({ log, files, snapshots: memorySnapshots(), signal }),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe('a follower', () => {
  let folder: string;
  let files: ViewFiles;
  let log: EventLog;
  let snapshots: ReturnType<typeof memorySnapshots>;
  let stops: AbortController[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'follow-'));
    files = viewFilesIn(join(folder, 'api'));
    log = memoryLog();
    snapshots = memorySnapshots();
    stops = [];
  });
  afterEach(() => {
    for (const stop of stops) stop.abort();
    rmSync(folder, { recursive: true, force: true });
  });

  const follow = (more: Partial<FollowViewsOptions> = {}) => {
    const controller = new AbortController();
    stops.push(controller);
    const followed: number[] = [];
    const faults: string[] = [];
    const views = followViews({
      log,
      files,
      snapshots,
      signal: controller.signal,
      onBatch: ({ entries }) => followed.push(...entries.map(({ position }) => position)),
      onFault: (fault) => faults.push(String(fault)),
      ...more,
    });
    const stop = async (): Promise<void> => {
      controller.abort();
      await views.ended;
    };
    return { views, followed, faults, stop };
  };
  const comeTo = async (views: FollowedViews, position: number): Promise<void> =>
    expect(await views.waitFor(positionOf(position), WITHIN)).toBe(true);
  const nameOf = (views: FollowedViews, id: number) => views.reading().get('teams', 1 as never, id as never)?.name;

  it('cannot be read before it is open, and comes to the end of the log', async () => {
    await append(log, ...story());
    const { views } = follow();
    expect(views.hasCaughtUp()).toBe(false);
    expect(() => views.reading()).toThrow('not open yet');
    await comeTo(views, story().length);
    expect(views.hasCaughtUp()).toBe(true);
    expect(views.position()).toBe(story().length);
  });

  it('holds what a replay gives, however it was cut into batches and runs', async () => {
    await append(log, ...story(), newEvent('message.updated', { id: 4_711 }));
    for (const upTo of [7, 20, story().length + 1]) {
      const { views, stop } = follow({ maxBatch: 3 });
      await comeTo(views, upTo);
      await stop();
    }
    const rebuilt = sqliteViews(join(folder, 'rebuilt.sqlite'));
    await replay(log, rebuilt, { contactTokens: 'hidden' });
    rebuilt.close();
    expect(checksumsOf(files.live)).toEqual(checksumsOf(join(folder, 'rebuilt.sqlite')));
  });

  it('goes on where it stopped', async () => {
    await append(log, team(1), team(2));
    const first = follow();
    await comeTo(first.views, 2);
    await first.stop();
    expect(() => first.views.reading()).toThrow('not any more');
    await append(log, team(3));
    const second = follow();
    await comeTo(second.views, 3);
    expect(second.followed).toEqual([3]);
  });

  const snapshotAt = async (position: number, viewsVersion = VIEWS_VERSION): Promise<void> => {
    const file = join(folder, 'projector.sqlite');
    const views = sqliteViews(file);
    await replay(log, views, { contactTokens: 'visible', upTo: positionOf(position) });
    views.close();
    const copy = join(folder, 'copy.sqlite');
    await copyDatabase(file, copy);
    await snapshots.put(copy, { position: positionOf(position), viewsVersion });
    rmSync(file);
  };

  it('begins with the newest snapshot that fits', async () => {
    await append(log, ...Array.from({ length: 9 }, (_, index) => team(index + 1)));
    const { stop, views } = follow();
    await comeTo(views, 9);
    await stop();
    await snapshotAt(3);
    await snapshotAt(6);
    await snapshotAt(8, VIEWS_VERSION + 1);
    await snapshots.put(files.live, { position: positionOf(7), viewsVersion: VIEWS_VERSION });
    rmSync(files.live);
    const second = follow();
    await comeTo(second.views, 9);
    // The two that are further are of another version, and not what they say they are.
    expect(second.followed).toEqual([7, 8, 9]);
    expect(second.faults).toHaveLength(2);
    expect(nameOf(second.views, 1)).toBe('Sales');
  });

  it('takes a snapshot in place of its own file only when that is far behind', async () => {
    await append(log, ...Array.from({ length: 5 }, (_, index) => team(index + 1)));
    const first = follow();
    await comeTo(first.views, 5);
    await first.stop();
    await append(log, ...Array.from({ length: 10 }, (_, index) => team(index + 6)));
    await snapshotAt(12);
    const near = follow({ farBehind: 7 });
    await comeTo(near.views, 15);
    await near.stop();
    expect(near.followed[0]).toBe(6);
  });

  it('begins anew from the log when no snapshot is whole', async () => {
    await append(log, ...Array.from({ length: 5 }, (_, index) => team(index + 1)));
    await snapshotAt(3);
    snapshots.damage(`views-v${VIEWS_VERSION}-3`);
    const { views, followed, faults } = follow();
    await comeTo(views, 5);
    expect(followed[0]).toBe(1);
    expect(faults).toEqual([expect.stringContaining('damaged')]);
  });

  it.each<[string, () => void | Promise<void>]>([
    ['of another version', () => changeViewsVersion(files.live, VIEWS_VERSION + 1)],
    ['that is damaged', () => writeFileSync(files.live, 'no database at all, and long enough to see it '.repeat(50))],
    ['of another log', () => append((log = memoryLog()), team(1))],
  ])('rebuilds a file %s by itself', async (_what, spoil) => {
    await append(log, team(1), team(2));
    const first = follow();
    await comeTo(first.views, 2);
    await first.stop();
    await spoil();
    const { views, followed } = follow();
    const end = await log.lastPosition();
    await comeTo(views, end);
    expect(followed).toEqual(Array.from({ length: end }, (_, index) => index + 1));
  });

  it('stays readable while its file cannot be written, and loses nothing', async () => {
    await append(log, team(1));
    const { views, faults } = follow();
    await comeTo(views, 1);
    const other = new Sqlite(files.live, { timeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    await append(log, team(2), team(3));
    await vi.waitFor(() => expect(faults).not.toEqual([]), { timeout: 8_000 });
    expect([nameOf(views, 1), nameOf(views, 2), views.position()]).toEqual(['Sales', undefined, 1]);
    other.exec('ROLLBACK');
    other.close();
    await comeTo(views, 3);
    expect(nameOf(views, 3)).toBe('Sales');
  }, 20_000);

  it('tries again when the log cannot be reached', async () => {
    await append(log, team(1));
    let failures = 2;
    const lastPosition = async () => {
      if (failures-- > 0) throw new Error('NATS is away');
      return log.lastPosition();
    };
    const { views, faults } = follow({ log: { ...log, lastPosition } });
    await comeTo(views, 1);
    expect(faults).toHaveLength(2);
  });
});
