/**
 * The file of an archive, compressed as its name says: `.gz`, `.zst`, or not at all.
 *
 * Each chunk is compressed by itself and appended: members of gzip and frames of zstd may follow one another, so the
 * usual programs unpack the whole, and what an interrupted export has written can be cut behind its last chunk and gone on with.
 */
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { z } from 'zod';
import { zstdCodec } from './archive-zstd.ts';
import { Failure } from './failure.ts';

type Codec = {
  readonly compress: (bytes: Buffer) => Promise<Buffer>;
  readonly decompress: (source: Readable) => AsyncIterable<Uint8Array>;
};

const plain: Codec = { compress: (bytes) => Promise.resolve(bytes), decompress: (source) => source };
const gzip: Codec = {
  compress: promisify<Buffer, Buffer>(zlib.gzip),
  // The stream that is read is destroyed with the fault of whichever fails.
  decompress: (source) => pipeline(source, zlib.createGunzip(), () => undefined),
};
const zstd = (file: string): Codec => {
  const codec = zstdCodec();
  if (codec !== null) return codec;
  throw new Failure(
    `${file}: this Node (${process.version}) has no zstd; it comes with 22.15 and 23.8. Use a name that ends in .gz, ` +
      `or - with the zstd program: hub export - | zstd > ${file}, zstd -dc ${file} | hub import -`,
  );
};

/** How a file of this name is compressed. Faults: Failure, when this Node cannot. */
export const codecOf = (file: string): Codec => {
  if (file.endsWith('.gz')) return gzip;
  return file.endsWith('.zst') ? zstd(file) : plain;
};

/** The bytes of an archive, unpacked; `-` is standard input. Its faults come while reading. */
export const archiveBytes = (file: string, name = file): AsyncIterable<Uint8Array> => {
  if (file === '-') return process.stdin;
  return codecOf(name).decompress(createReadStream(file));
};

/** Where an archive is written to. */
export type ArchiveSink = {
  /** Writes something whole: the head, a chunk, the end. */
  readonly write: (text: string) => Promise<void>;
  /** Gives the file its name: it is complete. */
  readonly finish: () => Promise<void>;
  /** Lets go, complete or not. */
  readonly close: () => Promise<void>;
};

export const standardOutputSink: ArchiveSink = {
  write: (text) =>
    new Promise((resolve, reject) => void process.stdout.write(text, (error) => (error ? reject(error) : resolve()))),
  finish: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

export const partOf = (file: string): string => `${file}.part`;
const journalOf = (file: string): string => `${file}.part.json`;
/** How many bytes of the part are whole chunks. */
const journal = z.object({ bytes: z.int().nonnegative() });

/** Cuts what an interrupted export has left behind its last chunk; false: it has left nothing to go on with. */
export const cutPart = async (file: string): Promise<boolean> => {
  try {
    const { bytes } = journal.parse(JSON.parse(await readFile(journalOf(file), 'utf8')));
    await truncate(partOf(file), bytes);
    return bytes > 0;
  } catch {
    return false; // neither is there, or half of one: the export begins anew
  }
};

/** Opens the part of a file; what it holds is kept or thrown away. Only its owner may read it: it holds tokens. */
export const partSink = async (file: string, { keep }: { readonly keep: boolean }): Promise<ArchiveSink> => {
  const codec = codecOf(file);
  if (!keep) await rm(journalOf(file), { force: true });
  const handle = await open(partOf(file), keep ? 'a' : 'w', 0o600).catch((cause: unknown) => {
    throw new Failure(`${partOf(file)} cannot be written`, { cause });
  });
  let { size: bytes } = await handle.stat();
  return {
    write: async (text) => {
      const packed = await codec.compress(Buffer.from(text));
      await handle.appendFile(packed);
      bytes += packed.length;
      // Renamed into place, so that a kill leaves the one before or this one.
      await writeFile(`${journalOf(file)}.tmp`, JSON.stringify({ bytes }), { mode: 0o600 });
      await rename(`${journalOf(file)}.tmp`, journalOf(file));
    },
    finish: async () => {
      await handle.sync();
      await rename(partOf(file), file);
      await rm(journalOf(file), { force: true });
    },
    close: () => handle.close(),
  };
};
