/**
 * An archive of the log: NDJSON in chunks, each of which can be trusted before the next one is read.
 *
 *     {"archive":"cablehub-log", …}      which log, when, from which position to which
 *     {"position":1, …}                  an event; as many as there are in the chunk
 *     {"chunk":1,"sha256":"…", …}        over all lines of events so far, so that a missing chunk shows as well
 *     {"end":true,"sha256":"…", …}       over all lines of events there are
 *
 * The checksum is what `grep '^{"position":' | sha256sum` gives.
 */
import { createHash } from 'node:crypto';
import type { RecordedRawEvent } from '@cablehub/log';
import { z } from 'zod';
import { decodeLine, EVENT_PREFIX } from './archive-line.ts';
import { Failure } from './failure.ts';

export const ARCHIVE_VERSION = 1;
/** The most events, and about the most bytes, in one chunk. */
export const CHUNK_EVENTS = 1_000;
export const CHUNK_BYTES = 4 * 1_048_576;
/** What no chunk can reach: a file without ends of lines would fill the memory. */
const MAX_CHUNK_BYTES = 256 * 1_048_576;

export const archiveHeader = z.object({
  archive: z.literal('cablehub-log'),
  version: z.literal(ARCHIVE_VERSION),
  exportedAt: z.iso.datetime(),
  /** When the log was made: which log it is. */
  logCreatedAt: z.string(),
  firstPosition: z.int().nonnegative(),
  lastPosition: z.int().nonnegative(),
});
export type ArchiveHeader = z.infer<typeof archiveHeader>;

const counted = { events: z.int().nonnegative(), lastPosition: z.int().nonnegative(), sha256: z.string() };
const chunkLine = z.object({ chunk: z.int().positive(), ...counted });
const endLine = z.object({ end: z.literal(true), chunks: z.int().nonnegative(), ...counted });

/** What has gone by so far, on either side: the same lines give the same tally. */
export class Tally {
  chunks = 0;
  events = 0;
  lastPosition = 0;
  readonly #hash = createHash('sha256');

  /** Counts a line of an event, without its line end. */
  count(line: string | Uint8Array, position: number): void {
    this.#hash.update(line).update('\n');
    this.events++;
    this.lastPosition = position;
  }

  /** The line that ends the chunk in hand. */
  chunk(): z.infer<typeof chunkLine> {
    this.chunks++;
    return { chunk: this.chunks, ...this.#counted() };
  }

  end(): z.infer<typeof endLine> {
    return { end: true, chunks: this.chunks, ...this.#counted() };
  }

  #counted() {
    return { events: this.events, lastPosition: this.lastPosition, sha256: this.#hash.copy().digest('hex') };
  }
}

export type ArchivePart =
  | { readonly kind: 'header'; readonly header: ArchiveHeader }
  | { readonly kind: 'chunk'; readonly events: readonly RecordedRawEvent[] }
  | { readonly kind: 'end' };

export type ReadArchiveOptions = {
  /** How messages call the archive: its file. */
  readonly name: string;
  /** Counts along; a fresh one when absent. */
  readonly tally?: Tally;
};

/**
 * Reads an archive, part by part; a chunk is given out only when its checksum is right. An archive that just stops
 * between two chunks gives no `end`. Faults: Failure, naming the chunk.
 */
export async function* readArchive(
  bytes: AsyncIterable<Uint8Array>,
  { name, tally = new Tally() }: ReadArchiveOptions,
): AsyncGenerator<ArchivePart> {
  const broken = (why: string, cause?: unknown): Failure =>
    new Failure(`${name} is broken in chunk ${tally.chunks + 1}: ${why}`, { cause });
  const chunks = chunkReader(tally, broken);
  const lines = linesOf(bytes);
  const next = (): Promise<IteratorResult<Buffer, undefined>> =>
    lines.next().catch((cause: unknown) => {
      throw broken(cause instanceof Error ? cause.message : String(cause), cause);
    });

  const first = await next();
  if (first.done === true) throw new Failure(`${name} is not an archive of a log: it is empty`);
  yield { kind: 'header', header: headerIn(first.value, name) };
  for (let line = await next(); line.done !== true; line = await next()) {
    const part = chunks.take(line.value);
    if (part !== null) yield part;
  }
  if (!chunks.isBetween()) throw broken('it ends in the middle');
}

type Broken = (why: string) => Failure;

/** Gathers lines to the parts that their checksums end. */
const chunkReader = (tally: Tally, broken: Broken) => {
  let events: RecordedRawEvent[] = [];
  let isEnded = false;

  const count = (line: Buffer): null => {
    const event = decodeLine(line.toString());
    if (event === null) throw broken(`its line ${events.length + 1} is not an event`);
    tally.count(line, event.position);
    events.push(event);
    return null;
  };
  const close = (line: Buffer): ArchivePart => {
    isEnded = isEndOf(line, { tally, broken });
    if (isEnded && events.length > 0) throw broken('it has no checksum');
    const part: ArchivePart = isEnded ? { kind: 'end' } : { kind: 'chunk', events };
    events = [];
    return part;
  };
  return {
    /** The part that a line ends; null: it goes on. */
    take: (line: Buffer): ArchivePart | null => {
      if (isEnded) throw broken('something follows the end');
      return isEvent(line) ? count(line) : close(line);
    },
    isBetween: () => events.length === 0,
  };
};

type Check = { readonly tally: Tally; readonly broken: Broken };

/** Holds a line that is no event against what was counted; true for the last one. */
const isEndOf = (line: Buffer, { tally, broken }: Check): boolean => {
  const parsed = z.union([chunkLine, endLine]).safeParse(jsonOf(line));
  if (!parsed.success) throw broken('a line is neither an event nor a checksum');
  const before = tally.chunks;
  const expected = 'end' in parsed.data ? tally.end() : tally.chunk();
  if (JSON.stringify(expected) === JSON.stringify(parsed.data)) return 'end' in parsed.data;
  tally.chunks = before;
  throw broken('its checksum does not fit');
};

const isEvent = (line: Buffer): boolean => line.toString('latin1', 0, EVENT_PREFIX.length) === EVENT_PREFIX;

const headerIn = (line: Buffer, name: string): ArchiveHeader => {
  const parsed = archiveHeader.safeParse(jsonOf(line));
  if (parsed.success) return parsed.data;
  const { archive, version } = z
    .object({ archive: z.string(), version: z.number() })
    .partial()
    .catch({})
    .parse(jsonOf(line));
  if (archive === 'cablehub-log' && version !== ARCHIVE_VERSION)
    throw new Failure(`${name} has the format version ${version}; this hub reads ${ARCHIVE_VERSION}`);
  throw new Failure(`${name} is not an archive of a log: its first line does not say so`);
};

const jsonOf = (line: Buffer): unknown => {
  try {
    return JSON.parse(line.toString()) as unknown;
  } catch {
    return null; // damaged: whoever asks says where
  }
};

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      yield parts.length === 0 ? rest.subarray(0, at) : Buffer.concat([...parts, rest.subarray(0, at)]);
      [parts, size, rest] = [[], 0, rest.subarray(at + 1)];
    }
    if (rest.length > 0) parts.push(rest);
    size += rest.length;
    if (size > MAX_CHUNK_BYTES) throw new Error('a line is longer than any event');
  }
  if (size > 0) throw new Error('it ends in the middle of a line');
  return undefined;
}
