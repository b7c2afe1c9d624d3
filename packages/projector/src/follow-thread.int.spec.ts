import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { positionOf } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { jetStreamLog, type NatsLink } from '@cablehub/log';
import { natsFixture, type NatsFixture } from '@cablehub/log/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { followViewsInThread, type FollowInThreadOptions } from './follow-thread.ts';
import { describeFollowedViews } from './followed-views.contract.ts';
import { viewFilesIn } from './view-files.ts';

const WITHIN = 20_000;

/** Spoils a file that is in use; what lies beside it as well, from where SQLite would take the pages of late. */
const damage = (file: string): void => {
  writeFileSync(file, 'no database at all, and long enough to see it '.repeat(500));
  writeFileSync(`${file}-wal`, '');
  const shm = openSync(`${file}-shm`, 'r+');
  writeSync(shm, new Uint8Array(200));
  closeSync(shm);
};

describe('a thread that folds', () => {
  let nats: NatsFixture;
  let folder: string;
  let link: NatsLink;
  let made = 0;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
    folder = await mkdtemp(join(tmpdir(), 'follow-thread-'));
  });
  afterAll(async () => {
    await nats.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => nats.clear(link));

  const newFiles = () => viewFilesIn(join(folder, String(++made)));
  const follow = (options: Omit<FollowInThreadOptions, 'nats'>) =>
    followViewsInThread({ nats: { url: nats.server().url, name: 'cablehub-spec' }, ...options });
  const append = async (...ids: readonly number[]): Promise<void> =>
    void (await jetStreamLog(link).append(
      ids.map((id) => ({ event: newEvent('team.created', { id, name: `team ${id}` }) })),
    ));

  describeFollowedViews('a thread of their own', async () => {
    const files = newFiles();
    return {
      log: jetStreamLog(link),
      files,
      follow: (signal) => follow({ files, signal }),
      close: async () => undefined,
    };
  });

  it('says why it begins anew, and its views are read where they are then', async () => {
    const ending = new AbortController();
    const files = newFiles();
    const faults: unknown[] = [];
    const views = await follow({ files, signal: ending.signal, onFault: (fault) => faults.push(fault) });
    await append(1, 2);
    expect(await views.waitFor(positionOf(2), WITHIN)).toBe(true);
    expect(views.reading().teamsOf(1 as never)).toHaveLength(2);
    damage(files.live);
    await append(3);
    expect(await views.waitFor(positionOf(3), WITHIN)).toBe(true);
    expect(views.reading().teamsOf(1 as never)).toHaveLength(3);
    expect(faults[0]).toMatchObject({ name: 'SqliteError', code: expect.stringMatching(/^SQLITE_(CORRUPT|NOTADB)/) });
    ending.abort();
    await views.ended;
  });

  it('does not begin without NATS', async () => {
    const nowhere = { url: 'nats://127.0.0.1:1', name: 'cablehub-spec' };
    const beginning = followViewsInThread({ nats: nowhere, files: newFiles(), signal: new AbortController().signal });
    await expect(beginning).rejects.toMatchObject({ code: 'nats_unavailable' });
  });

  it('is missed when it dies', async () => {
    const started = once(process, 'worker') as Promise<[Worker]>;
    const ending = new AbortController();
    const views = await follow({ files: newFiles(), signal: ending.signal });
    const wait = views.waitFor(positionOf(1), WITHIN);
    const [worker] = await started;
    const failed = expect(views.failed).rejects.toThrow('ended by itself, with code 1');
    await worker.terminate();
    await failed;
    expect(await wait).toBe(false);
    expect(() => views.reading()).toThrow('not any more');
    await views.ended;
  });
});
