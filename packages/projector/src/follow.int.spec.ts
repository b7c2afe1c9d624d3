import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { ensureStorage, jetStreamLog, jetStreamSnapshots, type NatsLink } from '@cablehub/log';
import { natsFixture, type NatsFixture } from '@cablehub/log/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checksumsOf } from './checksums.ts';
import { copyDatabase } from './database.ts';
import { followViews } from './follow.ts';
import { VIEWS_VERSION } from './schema.ts';
import { viewFilesIn } from './view-files.ts';

const WITHIN = 20_000;

describe('followers of one log', () => {
  let nats: NatsFixture;
  let folder: string;
  let link: NatsLink;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
    await ensureStorage(link);
    folder = await mkdtemp(join(tmpdir(), 'followers-'));
  });
  afterAll(async () => {
    await nats.close();
    await rm(folder, { recursive: true, force: true });
  });

  const follow = async (name: string) => {
    const own = await nats.link();
    const stop = new AbortController();
    const files = viewFilesIn(join(folder, name));
    const followed: number[] = [];
    const views = followViews({
      log: jetStreamLog(own),
      files,
      snapshots: await jetStreamSnapshots(own),
      signal: stop.signal,
      onBatch: ({ entries }) => followed.push(...entries.map(({ position }) => position)),
    });
    const end = async (): Promise<void> => {
      stop.abort();
      await views.ended;
    };
    return { views, files, followed, end };
  };

  let made = 0;
  const append = async (count: number): Promise<number> => {
    const events = Array.from({ length: count }, () => newEvent('team.created', { id: ++made, name: `team ${made}` }));
    const results = await jetStreamLog(link).append(events.map((event) => ({ event })));
    return Math.max(...results.map((result) => (result.ok ? result.position : 0)));
  };

  it('show each what was appended, through the loss of NATS, and come to the same rows', async () => {
    const [one, other] = [await follow('one'), await follow('other')];
    for (let n = 0; n < 10; n++) {
      const position = positionOf(await append(1));
      for (const { views } of [one, other]) {
        expect(await views.waitFor(position, WITHIN)).toBe(true);
        expect(views.reading().get('teams', 1 as never, made as never)?.name).toBe(`team ${made}`);
      }
    }
    await nats.kill();
    expect(one.views.reading().teamsOf(1 as never)).toHaveLength(10);
    expect(await one.views.waitFor(positionOf(11), 50)).toBe(false);
    await nats.restart();
    const position = positionOf(await append(300));
    for (const { views } of [one, other]) expect(await views.waitFor(position, WITHIN)).toBe(true);
    await Promise.all([one.end(), other.end()]);
    expect(checksumsOf(one.files.live)).toEqual(checksumsOf(other.files.live));
  });

  it('go on where they stopped, and start from a snapshot when they have nothing', async () => {
    const first = await follow('first');
    const before = positionOf(await append(5));
    expect(await first.views.waitFor(before, WITHIN)).toBe(true);
    await first.end();
    await copyDatabase(first.files.live, first.files.copy);
    const snapshots = await jetStreamSnapshots(link);
    await snapshots.put(first.files.copy, { position: before, viewsVersion: VIEWS_VERSION });

    const position = positionOf(await append(3));
    const behind = Array.from({ length: 3 }, (_, index) => before + index + 1);
    const [again, fresh] = [await follow('first'), await follow('fresh')];
    for (const { views, followed } of [again, fresh]) {
      expect(await views.waitFor(position, WITHIN)).toBe(true);
      expect(views.hasCaughtUp()).toBe(true);
      await vi.waitFor(() => expect(followed).toEqual(behind), 10_000);
    }
    await Promise.all([again.end(), fresh.end()]);
    expect(checksumsOf(again.files.live)).toEqual(checksumsOf(fresh.files.live));
  });
});
