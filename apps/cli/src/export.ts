/**
 * `hub export`: the log as it is stored, into a file.
 *
 * It is written to `FILE.part`, chunk by chunk, and gets its name when it is whole. An export that was interrupted goes on
 * behind its last whole chunk when it is run again, up to the position it set out for.
 */
import { existsSync } from 'node:fs';
import { positionOf, type Position } from '@cablehub/events';
import { logState, readRaw, type LogState, type NatsLink } from '@cablehub/log';
import {
  archiveBytes,
  codecOf,
  cutPart,
  partOf,
  partSink,
  standardOutputSink,
  type ArchiveSink,
} from './archive-file.ts';
import { encodeLine } from './archive-line.ts';
import { withNats } from './archive-nats.ts';
import type { Place } from './data-dir.ts';
import { ARCHIVE_VERSION, CHUNK_BYTES, CHUNK_EVENTS, readArchive, Tally, type ArchiveHeader } from './archive.ts';
import { Failure } from './failure.ts';
import { progress, type Output } from './output.ts';

export type ExportOptions = {
  /** Compressed as its ending says: `.gz`, `.zst`, or not; `-` is standard output. */
  readonly file: string;
  readonly place: Place;
  /** Ends the export behind the chunk in hand. */
  readonly signal: AbortSignal;
};

/** Exports the log up to where it goes now. Faults: Failure. */
export const exportLog = async (options: ExportOptions, output: Output): Promise<void> => {
  const { file } = options;
  codecOf(file); // before anything is started that this Node cannot end
  if (file !== '-' && existsSync(file)) throw new Failure(`${file} is there already: take another name, or remove it`);
  const { tally, isContinued } = await withNats(options.place, {}, async (link) => exportFrom(link, options));
  if (file === '-') return;
  output.line(`${tally.events} events exported to ${file}${isContinued ? ', the last of them now' : ''}`);
  output.line('It holds every token: keep it as you keep the log.');
};

type Begun = { readonly header: ArchiveHeader; readonly tally: Tally };

const exportFrom = async (link: NatsLink, { file, signal }: ExportOptions) => {
  const state = await logState(link);
  const begun = file === '-' ? null : await begunExport(file, state);
  const { header, tally } = begun ?? { header: headerFor(state), tally: new Tally() };
  const sink = file === '-' ? standardOutputSink : await partSink(file, { keep: begun !== null });
  const bar = progress('exporting', header.lastPosition);
  try {
    bar.advance(tally.lastPosition);
    if (begun === null) await sink.write(`${JSON.stringify(header)}\n`);
    for await (const events of writeChunks(link, { sink, tally, header })) {
      bar.advance(events);
      if (signal.aborted) throw new Failure(`stopped: export to ${file} again to go on`);
    }
    await sink.write(`${JSON.stringify(tally.end())}\n`);
    await sink.finish();
  } finally {
    bar.end();
    await sink.close();
  }
  return { tally, isContinued: begun !== null };
};

const headerFor = ({ createdAt, lastPosition }: LogState): ArchiveHeader => ({
  archive: 'cablehub-log',
  version: ARCHIVE_VERSION,
  exportedAt: new Date().toISOString(),
  logCreatedAt: createdAt,
  firstPosition: Math.min(1, lastPosition),
  lastPosition,
});

/** What an earlier export has left, if it is whole and of this log; null: it begins anew. */
const begunExport = async (file: string, state: LogState): Promise<Begun | null> => {
  if (!(await cutPart(file))) return null;
  const tally = new Tally();
  let header: ArchiveHeader | null = null;
  try {
    for await (const part of readArchive(archiveBytes(partOf(file), file), { name: file, tally }))
      if (part.kind === 'header') header = part.header;
      else if (part.kind === 'end') return null; // complete but for its name, which one more pass gives it
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
  return header?.logCreatedAt === state.createdAt ? { header, tally } : null;
};

type Writing = Begun & { readonly sink: ArchiveSink };

/** Writes what is missing up to the last position of the header; yields how many events each chunk has. */
async function* writeChunks(link: NatsLink, { sink, tally, header }: Writing): AsyncGenerator<number> {
  let lines: string[] = [];
  let bytes = 0;
  const flush = async (): Promise<number> => {
    const count = lines.length;
    await sink.write(`${lines.join('\n')}\n${JSON.stringify(tally.chunk())}\n`);
    [lines, bytes] = [[], 0];
    return count;
  };
  if (tally.lastPosition < header.lastPosition)
    for await (const event of readRaw(link, positionOf(tally.lastPosition))) {
      if (isBehind(event.position, header)) break;
      const line = encodeLine(event);
      tally.count(line, event.position);
      lines.push(line);
      bytes += line.length;
      if (lines.length === CHUNK_EVENTS || bytes >= CHUNK_BYTES) yield await flush();
    }
  if (lines.length > 0) yield await flush();
}

const isBehind = (position: Position, { lastPosition }: ArchiveHeader): boolean => position > lastPosition;
