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
beforeEach(async () => {
  for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
});

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
    expect(await (await jetStreamSnapshots(await nats.link())).list()).toHaveLength(1);
    expect((await manager.streams.info(STREAM)).config).toEqual(config);
    rmSync(path);
  });

  it('is refused when somebody else made it', async () => {
    await manager.streams.add({ name: STREAM, subjects: ['$O.snapshots.C.>', '$O.snapshots.M.>'] });
    await expect(jetStreamSnapshots(link)).rejects.toMatchObject({ code: 'stream_not_recognised' });
  });

  it('does not keep the chunks of a putting that was cut off', async () => {
    const snapshots = await jetStreamSnapshots(link);
    await link.connection.jetstream().publish('$O.snapshots.C.cutoff', randomBytes(1_000));
    const path = file();
    await snapshots.put(path, { position: positionOf(7), viewsVersion: 1 });
    const { state } = await manager.streams.info(STREAM, { subjects_filter: '$O.snapshots.C.>' });
    expect(Object.keys(state.subjects ?? {})).toHaveLength(1);
    expect(state.subjects).not.toHaveProperty(['$O.snapshots.C.cutoff']);
    rmSync(path);
  });

  it('is a fault once the connection is closed', async () => {
    const other = await nats.link();
    const snapshots = await jetStreamSnapshots(other);
    await other.close();
    await expect(snapshots.list()).rejects.toMatchObject({ code: 'nats_unavailable' });
  });
});
