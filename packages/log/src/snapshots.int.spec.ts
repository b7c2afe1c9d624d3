import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf } from '@cablehub/events';
import type { JetStreamManager } from 'nats';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NatsLink } from './connection.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { describeSnapshots } from './snapshots.contract.ts';
import { jetStreamSnapshots } from './snapshots-jetstream.ts';
import { ensureStorage } from './storage.ts';

const STREAM = 'OBJ_snapshots';
let nats: NatsFixture;
let link: NatsLink;
let manager: JetStreamManager;

beforeAll(async () => {
  nats = await natsFixture();
  link = await nats.link();
  manager = await link.connection.jetstreamManager();
});
afterAll(async () => nats.close());
beforeEach(() => nats.clear(link));

/** Puts other bytes in the place of an object's only chunk. */
const damage = async (name: string): Promise<void> => {
  const js = link.connection.jetstream();
  const { nuid } = (await (await js.views.os('snapshots')).info(name))!;
  await manager.streams.purge(STREAM, { filter: `$O.snapshots.C.${nuid}` });
  await js.publish(`$O.snapshots.C.${nuid}`, randomBytes(1_000));
};

describeSnapshots('JetStream', async () => ({ snapshots: await jetStreamSnapshots(link), damage }));

describe('the bucket of snapshots', () => {
  const file = (): string => {
    const path = join(mkdtempSync(join(tmpdir(), 'snapshots-')), 'views.sqlite');
    writeFileSync(path, randomBytes(300_000));
    return path;
  };

  it('is made once, and left as it is by whoever opens it later', async () => {
    const path = file();
    await (await jetStreamSnapshots(link)).put(path, { position: positionOf(7), viewsVersion: 1 });
    const { config } = await manager.streams.info(STREAM);
    await ensureStorage(link);
    expect(await (await jetStreamSnapshots(await nats.link())).list()).toHaveLength(1);
    expect((await manager.streams.info(STREAM)).config).toEqual(config);
    rmSync(path);
  });

  it('does not keep the chunks of a putting that was cut off', async () => {
    const snapshots = await jetStreamSnapshots(link, { cutOffMs: 0 });
    await link.connection.jetstream().publish('$O.snapshots.C.cutoff', randomBytes(1_000));
    const path = file();
    await snapshots.put(path, { position: positionOf(7), viewsVersion: 1 });
    await snapshots.put(path, { position: positionOf(7), viewsVersion: 1 });
    const { state } = await manager.streams.info(STREAM, { subjects_filter: '$O.snapshots.C.>' });
    expect(Object.keys(state.subjects ?? {})).toHaveLength(1);
    expect(state.subjects).not.toHaveProperty(['$O.snapshots.C.cutoff']);
    rmSync(path);
  });

  it('leaves alone the chunks of another putting that is under way', async () => {
    const snapshots = await jetStreamSnapshots(link);
    const chunk = () => link.connection.jetstream().publish('$O.snapshots.C.underway', randomBytes(1_000));
    const path = file();
    await chunk();
    await snapshots.put(path, { position: positionOf(7), viewsVersion: 1 });
    await chunk();
    await snapshots.put(path, { position: positionOf(8), viewsVersion: 1 });
    const { state } = await manager.streams.info(STREAM, { subjects_filter: '$O.snapshots.C.underway' });
    expect(state.subjects).toEqual({ '$O.snapshots.C.underway': 2 });
    await manager.streams.purge(STREAM, { filter: '$O.snapshots.C.underway' });
    rmSync(path);
  });

  it('keeps those of each range of partitions apart', async () => {
    const [whole, low] = [
      await jetStreamSnapshots(link),
      await jetStreamSnapshots(link, { partitions: { first: 0, last: 31 } }),
    ];
    const path = file();
    await low.put(path, { position: positionOf(7_000), viewsVersion: 1 });
    expect(await low.list()).toMatchObject([{ position: 7_000 }]);
    expect((await whole.list()).map(({ position }) => position)).not.toContain(7_000);
    rmSync(path);
  });

  it('is a fault once the connection is closed', async () => {
    const other = await nats.link();
    const snapshots = await jetStreamSnapshots(other);
    await other.close();
    await expect(snapshots.list()).rejects.toMatchObject({ code: 'nats_unavailable' });
  });
});
