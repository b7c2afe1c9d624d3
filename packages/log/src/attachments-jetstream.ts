/**
 * Files in the JetStream object store, laid out as NATS lays out objects: chunks under one subject, then what they are.
 *
 * NATS's own client reads as fast as the server sends and lets a failed chunk bring the process down while it waits for the
 * next bytes. A file here comes and goes at the pace of a stranger's connection: a few chunks are on their way at a time when
 * it is put, and each is asked for when it is wanted when it is read.
 */
import { createHash } from 'node:crypto';
import { headers, NatsError, type JetStreamClient, type JetStreamManager, type StoredMsg } from 'nats';
import { z } from 'zod';
import { partOf, type Attachments, type NewFile } from './attachments.ts';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { ATTACHMENTS_BUCKET as BUCKET, ATTACHMENTS_STREAM as STREAM } from './names.ts';

const CHUNK_BYTES = 131_072;
/** How many chunks may be on their way to the server. */
const UNDER_WAY = 4;
const TIMEOUT_MS = 5_000;
const FULL = [10_077, 10_023, 10_047];

const described = z.object({
  nuid: z.string(),
  size: z.int().nonnegative(),
  chunks: z.int().nonnegative(),
  metadata: z.object({ name: z.string(), content_type: z.string() }),
});
type Described = z.infer<typeof described>;

/** On the bucket that `ensureStorage` has made. Faults: `nats_unavailable`. */
export const jetStreamAttachments = async (link: NatsLink): Promise<Attachments> => {
  const manager = await link.connection.jetstreamManager({ checkAPI: false }).catch(unavailable);
  const jetStream = link.connection.jetstream();
  const purge = (subject: string) => manager.streams.purge(STREAM, { filter: subject });

  return {
    put: async (file) => {
      const chunks = chunkWriter(jetStream, chunksOf(file.key));
      const failed = async (): Promise<void> => {
        await chunks.settled();
        await purge(chunksOf(file.key));
      };
      try {
        for await (const bytes of file.bytes) {
          if (chunks.sizeBytes() + bytes.length > file.maxBytes) {
            await failed().catch(unavailable);
            return { ok: false, reason: 'too_large' };
          }
          await chunks.write(bytes);
        }
        await chunks.end();
        await jetStream.publish(aboutOf(file.key), JSON.stringify(aboutFile(file, chunks)), {
          headers: replacing(),
          timeout: TIMEOUT_MS,
        });
      } catch (error) {
        // What cannot be removed now is found by nobody but who lists.
        await failed().catch(() => undefined);
        if (isFull(error)) return { ok: false, reason: 'full' };
        if (chunks.isFault(error)) return unavailable(error);
        throw error;
      }
      return { ok: true, sizeBytes: chunks.sizeBytes() };
    },
    get: async (key) => {
      const found = await lookUp(manager, key).catch(unavailable);
      if (found === null) return null;
      const { about, keptAt } = found;
      const { size } = about;
      return {
        name: about.metadata.name,
        contentType: about.metadata.content_type,
        sizeBytes: size,
        storedAt: keptAt,
        read: (first = 0, last = size - 1) =>
          partOf(chunksIn(manager, about), { skip: first, take: Math.min(last, size - 1) + 1 - first }),
      };
    },
    delete: async (key) => {
      await purge(aboutOf(key)).catch(unavailable);
      await purge(chunksOf(key)).catch(unavailable);
    },
    list: async () => {
      const [whole, begun] = await Promise.all(
        [ABOUT, CHUNKS].map((prefix) => subjectsUnder(manager, prefix).catch(unavailable)),
      );
      const keys = new Set([...whole!.map((name) => Buffer.from(name, 'base64url').toString()), ...begun!]);
      return [...keys].map((key) => ({ key, lastKeptAt: () => lastKeptAt(manager, key).catch(unavailable) }));
    },
  };
};

/** What follows on a prefix in the subjects of the store. */
const subjectsUnder = async (manager: JetStreamManager, prefix: string): Promise<readonly string[]> => {
  const { state } = await manager.streams.info(STREAM, { subjects_filter: `${prefix}>` });
  return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
};

/** What a file is comes after its chunks. */
const lastKeptAt = async (manager: JetStreamManager, key: string): Promise<number | null> => {
  const last = (subject: string) => found(manager.streams.getMessage(STREAM, { last_by_subj: subject }));
  const message = (await last(aboutOf(key))) ?? (await last(chunksOf(key)));
  return message?.time.getTime() ?? null;
};

const CHUNKS = `$O.${BUCKET}.C.`;
const ABOUT = `$O.${BUCKET}.M.`;
/** Chunks are found by the key of their file: those of a file that was never whole are told from others by it. */
const chunksOf = (key: string): string => `${CHUNKS}${key}`;
const aboutOf = (key: string): string => `${ABOUT}${padded(Buffer.from(key))}`;

/** NATS pads what it encodes. */
const padded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');

const replacing = () => {
  const all = headers();
  all.set('Nats-Rollup', 'sub');
  return all;
};

const aboutFile = ({ key, name, contentType }: NewFile, chunks: ChunkWriter): object => ({
  name: key,
  options: { max_chunk_size: CHUNK_BYTES },
  metadata: { name, content_type: contentType },
  bucket: BUCKET,
  nuid: key,
  size: chunks.sizeBytes(),
  chunks: chunks.count(),
  mtime: new Date().toISOString(),
  digest: `SHA-256=${padded(chunks.digest())}`,
  deleted: false,
});

type ChunkWriter = ReturnType<typeof chunkWriter>;

const chunkWriter = (jetStream: JetStreamClient, subject: string) => {
  const hash = createHash('sha256');
  const underWay = new Set<Promise<void>>();
  const faults: unknown[] = [];
  let held = Buffer.alloc(0);
  let sizeBytes = 0;
  let count = 0;

  const send = async (chunk: Buffer): Promise<void> => {
    if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
    if (faults.length > 0) throw faults[0];
    hash.update(chunk);
    count++;
    const sending: Promise<void> = jetStream.publish(subject, chunk, { timeout: TIMEOUT_MS }).then(
      () => void underWay.delete(sending),
      (fault: unknown) => void (faults.push(fault), underWay.delete(sending)),
    );
    underWay.add(sending);
  };
  const settled = async (): Promise<void> => void (await Promise.all(underWay));

  return {
    write: async (bytes: Uint8Array): Promise<void> => {
      sizeBytes += bytes.length;
      held = Buffer.concat([held, bytes]);
      while (held.length >= CHUNK_BYTES) {
        await send(held.subarray(0, CHUNK_BYTES));
        held = held.subarray(CHUNK_BYTES);
      }
    },
    end: async (): Promise<void> => {
      if (held.length > 0) await send(held);
      await settled();
      if (faults.length > 0) throw faults[0];
    },
    settled,
    isFault: (error: unknown): boolean => faults.includes(error) || error instanceof NatsError,
    sizeBytes: (): number => sizeBytes,
    count: (): number => count,
    digest: (): Buffer => hash.digest(),
  };
};

type Found = { readonly about: Described; readonly keptAt: number };

const lookUp = async (manager: JetStreamManager, key: string): Promise<Found | null> => {
  const message = await found(manager.streams.getMessage(STREAM, { last_by_subj: aboutOf(key) }));
  return message === null ? null : { about: described.parse(message.json()), keptAt: message.time.getTime() };
};

async function* chunksIn(manager: JetStreamManager, { nuid: id, chunks }: Described): AsyncGenerator<Uint8Array> {
  for (let read = 0, after = 0; read < chunks; read++) {
    const next = { seq: after + 1, next_by_subj: chunksOf(id) };
    const chunk = await found(manager.streams.getMessage(STREAM, next)).catch(unavailable);
    if (chunk === null) throw new LogFault('file_damaged', 'a file has lost some of its chunks, or has been removed');
    after = chunk.seq;
    yield chunk.data;
  }
}

const found = (asking: Promise<StoredMsg>): Promise<StoredMsg | null> =>
  asking.catch((error: unknown) => {
    if (error instanceof NatsError && error.api_error?.code === 404) return null;
    throw error;
  });

const isFull = (error: unknown): boolean => error instanceof NatsError && FULL.includes(error.api_error?.err_code ?? 0);

const unavailable = (cause: unknown): never => {
  if (cause instanceof LogFault) throw cause;
  throw new LogFault('nats_unavailable', 'the attachments cannot be reached', { cause });
};
