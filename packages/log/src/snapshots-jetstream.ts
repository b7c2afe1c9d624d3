/**
 * Snapshots in the JetStream object store, compressed.
 *
 * The client sends chunks as fast as it reads them, so the reading is paced by the server: a large file neither fills the
 * memory nor lets the acknowledgements of what is under way run out of time.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip, createGzip } from 'node:zlib';
import { positionOf } from '@cablehub/events';
import type { JetStreamManager, ObjectInfo, ObjectStore } from 'nats';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { SNAPSHOTS_BUCKET, SNAPSHOTS_STREAM as STREAM } from './names.ts';
import { allPartitions, isSameRange, rangeName, type PartitionRange } from './partitions.ts';
import {
  description,
  furthestFirst,
  nameOf,
  SNAPSHOTS_KEPT,
  type Fetched,
  type Snapshot,
  type Snapshots,
} from './snapshots.ts';

const CHUNKS = `$O.${SNAPSHOTS_BUCKET}.C`;
/** How much may be on its way to the server. */
const UNDER_WAY_BYTES = 1_048_576;
/** A fetch that brings nothing for this long has lost its chunks. */
const SILENCE_MS = 10_000;
/** A putting that has brought nothing for this long was cut off. */
const CUT_OFF_MS = 10 * 60_000;

export type SnapshotsOptions = {
  /** Whose views they are of; those of each range are listed and kept by themselves. Default: all partitions. */
  readonly partitions?: PartitionRange;
  /** After how long without another chunk a putting counts as cut off, in ms. Default 10 minutes. */
  readonly cutOffMs?: number;
};

/** Opens the bucket that `ensureStorage` has made. Faults: `nats_unavailable`. */
export const jetStreamSnapshots = async (link: NatsLink, options: SnapshotsOptions = {}): Promise<Snapshots> => {
  const { partitions = allPartitions, cutOffMs = CUT_OFF_MS } = options;
  const prefix = isSameRange(partitions, allPartitions) ? '' : `${rangeName(partitions)}.`;
  const manager = await link.connection.jetstreamManager().catch(unavailable);
  const bucket = await link.connection.jetstream().views.os(SNAPSHOTS_BUCKET).catch(unavailable);

  const list = async (): Promise<readonly Snapshot[]> => {
    const infos = await bucket.list().catch(unavailable);
    return infos.flatMap((info) => snapshotIn(info, prefix)).sort(furthestFirst);
  };

  /** Removes all but the newest few, and what a putting that was cut off has left. */
  const prune = async (): Promise<void> => {
    for (const { name } of (await list()).slice(SNAPSHOTS_KEPT)) await bucket.delete(prefix + name);
    const { state } = await manager.streams.info(STREAM, { subjects_filter: `${CHUNKS}.>` });
    const whole = new Set((await bucket.list()).map(({ nuid }) => `${CHUNKS}.${nuid}`));
    for (const subject of Object.keys(state.subjects ?? {}))
      if (!whole.has(subject) && (await ageOf(manager, subject)) >= cutOffMs)
        await manager.streams.purge(STREAM, { filter: subject });
  };

  return {
    list,
    put: async (file, of) => {
      const { size: sizeBytes } = await stat(file);
      const snapshot = { ...of, name: nameOf(of, partitions), sha256: await sha256Of(file), sizeBytes };
      const { name, ...described } = snapshot;
      const metadata = Object.fromEntries(Object.entries(described).map(([key, value]) => [key, String(value)]));
      await bucket.put({ name: prefix + name, metadata }, pacedBy(link, file)).catch(unavailable);
      await prune().catch(unavailable);
      return snapshot;
    },
    fetch: async (snapshot, file) => {
      const fetched = await fetchFrom(bucket, { ...snapshot, name: prefix + snapshot.name }, file);
      if (!fetched.ok) await rm(file, { force: true });
      return fetched;
    },
  };
};

const snapshotIn = ({ name, metadata, deleted }: ObjectInfo, prefix: string): readonly Snapshot[] => {
  const described = description.safeParse(metadata);
  if (deleted || !described.success || !name.startsWith(`${prefix}views-`)) return [];
  return [{ name: name.slice(prefix.length), ...described.data, position: positionOf(described.data.position) }];
};

/** How long ago the last chunk under a subject came. */
const ageOf = async (manager: JetStreamManager, subject: string): Promise<number> => {
  const last = await manager.streams.getMessage(STREAM, { last_by_subj: subject });
  return last === null ? 0 : Date.now() - last.time.getTime();
};

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

/** The file's bytes, compressed, no faster than the server takes them. */
const pacedBy = ({ connection }: NatsLink, file: string): globalThis.ReadableStream<Uint8Array> => {
  let underWay = 0;
  const paced = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      underWay += chunk.length;
      if (underWay < UNDER_WAY_BYTES) return done(null, chunk);
      underWay = 0;
      connection.flush().then(() => done(null, chunk), done);
    },
  });
  const source = createReadStream(file);
  const zip = createGzip({ level: 1 });
  void pipeline(source, zip, paced).catch(() => undefined); // the reader of `paced` meets the error, too
  return Readable.toWeb(paced) as globalThis.ReadableStream<Uint8Array>;
};

const fetchFrom = async (bucket: ObjectStore, snapshot: Snapshot, file: string): Promise<Fetched> => {
  const object = await bucket.get(snapshot.name).catch(unavailable);
  if (object === null) return { ok: false, reason: 'gone' };
  object.error.catch(() => undefined); // it comes through the data as well
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const chunks = Readable.from(untilSilent(object.data as ReadableStream<Uint8Array>));
    await pipeline(chunks, createGunzip(), hashing, createWriteStream(file));
  } catch (cause) {
    // The end of a compressed file that never came, bytes that are none: the connection is not to blame for either.
    if (isDamage(cause)) return { ok: false, reason: 'damaged' };
    return unavailable(cause);
  }
  return hash.digest('hex') === snapshot.sha256 ? { ok: true } : { ok: false, reason: 'damaged' };
};

class Silence extends Error {}

const isDamage = (cause: unknown): boolean =>
  cause instanceof Silence ||
  (cause instanceof Error &&
    /^(Z_|ERR_ZLIB)|digest/i.test(`${(cause as NodeJS.ErrnoException).code} ${cause.message}`));

async function* untilSilent(data: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = data.getReader();
  try {
    for (;;) {
      const { done, value } = await within(SILENCE_MS, reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

const within = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Silence('the snapshot has lost its chunks')), ms);
  });
  return Promise.race([promise, silence]).finally(() => clearTimeout(timer));
};

const unavailable = (cause: unknown): never => {
  if (cause instanceof LogFault) throw cause;
  throw new LogFault('nats_unavailable', 'the snapshots cannot be reached', { cause });
};
