/**
 * `hub import`: an archive into an empty log, in the order and, as a log has no holes, at the positions it came from.
 *
 * While it imports it holds the projector's lease, and the projector's checkpoint lies at the end of what is to come: so no
 * projector folds half a log, a hub that starts over an interrupted import refuses to, and one that starts over a whole
 * one tells nobody what happened long ago. The tokens, which that projector will not write either, are written here.
 *
 * An import that was interrupted goes on when it is run again: the log must then be how the archive begins.
 */
import { existsSync } from 'node:fs';
import { positionOf, type Position } from '@cablehub/events';
import {
  allPartitions,
  rawAppender,
  ensureStorage,
  heldRoles,
  jetStreamCheckpoints,
  jetStreamDeliveries,
  LogFault,
  logState,
  MESSAGE_ID,
  projectorRole,
  rangeOfRole,
  readRaw,
  requestLease,
  type Checkpoints,
  type Lease,
  type NatsLink,
  type RecordedRawEvent,
} from '@cablehub/log';
import { toldUpTo } from '@cablehub/projector';
import { archiveBytes, codecOf } from './archive-file.ts';
import { isSameEvent } from './archive-line.ts';
import { isHubRunning, withNats } from './archive-nats.ts';
import type { Place } from './data-dir.ts';

import { readArchive, type ArchiveHeader, type ArchivePart } from './archive.ts';
import { Failure } from './failure.ts';
import { writeTokens } from './import-tokens.ts';
import { progress, type Output } from './output.ts';

export type ImportOptions = {
  /** An archive, unpacked as its ending says; `-` is standard input, not packed. */
  readonly file: string;
  readonly place: Place;
  /** Appends what is missing to a log that is not empty, also while a hub runs. */
  readonly intoExisting: boolean;
  /** Ends the import behind the chunk in hand. */
  readonly signal: AbortSignal;
};

/** The projector of all accounts: while its lease is held here, none works, not of a part either. */
const PROJECTOR = projectorRole(allPartitions);
/** A lease that nobody renews is free within this time. */
const LEASE_WAIT_MS = 7_000;

/** Imports an archive. Faults: Failure, LogFault. */
export const importLog = async (options: ImportOptions, output: Output): Promise<void> => {
  const { file, place, intoExisting } = options;
  codecOf(file);
  if (file !== '-' && !existsSync(file)) throw new Failure(`${file} cannot be read: there is no such file`);
  if (isHubRunning(place) && !intoExisting)
    throw new Failure(
      `a hub runs in ${place.DATA_DIR}: stop it first; with --into-existing it is told what is missing`,
    );
  // A broken file is refused before anything of it is in the log. What is piped in comes only once.
  if (file !== '-') for await (const _ of wholeArchive(file));
  await withNats(place, { create: true }, async (link) => importInto(link, options, output));
};

/** The parts of an archive that must not just stop. */
async function* wholeArchive(file: string): AsyncGenerator<ArchivePart> {
  let isWhole = false;
  for await (const part of readArchive(archiveBytes(file), { name: file })) {
    isWhole = part.kind === 'end';
    yield part;
  }
  if (!isWhole) throw new Failure(`${file} is not whole: it stops before its end`);
}

/** How an archive enters a log, and whether the world is told. */
type Entry = {
  /** The log is empty, or is how the archive begins. */
  readonly isRestoring: boolean;
  /** What is imported counts as told long ago. */
  readonly isSilent: boolean;
  /** Where the log ended before. */
  readonly before: Position;
};

const importInto = async (link: NatsLink, options: ImportOptions, output: Output): Promise<void> => {
  await ensureLog(link);
  const lease = await projectorLease(link, options);
  try {
    const checkpoints = await jetStreamCheckpoints(link, PROJECTOR);
    const parts = wholeArchive(options.file);
    const first = await parts.next();
    if (first.done === true || first.value.kind !== 'header') throw new Failure(`${options.file} has no header`);
    const { header } = first.value;
    const entry = await entryFor(link, header, { checkpoints, options, isLeading: lease?.isHeld() ?? false });
    const counts = await append(parts, await writerFor(link, header, entry), options.signal);
    if (entry.isSilent) {
      const { lastPosition } = await logState(link);
      await writeTokens(link, options.place.DATA_DIR, lastPosition);
      await checkpoints.put(lastPosition);
    }
    for (const line of report(counts, entry)) output.line(line);
  } finally {
    await lease?.release();
  }
};

const append = async (parts: AsyncIterable<ArchivePart>, writer: Writer, signal: AbortSignal): Promise<Counts> => {
  try {
    for await (const part of parts) {
      if (part.kind === 'chunk') await writer.take(part.events);
      if (signal.aborted) throw new Failure('stopped: import again to go on');
    }
    return writer.counts;
  } finally {
    writer.end();
  }
};

const ensureLog = async (link: NatsLink): Promise<void> => {
  try {
    await logState(link);
  } catch (error) {
    if (!(error instanceof LogFault && error.code === 'log_unreadable')) throw error;
    await ensureStorage(link); // and only then: how an existing log is kept is not for this command to say
  }
};

/** The projector's lease; null: one works. Faults: Failure, when it must not. */
const projectorLease = async (link: NatsLink, { intoExisting, place }: ImportOptions): Promise<Lease | null> => {
  if (isHubRunning(place)) return null;
  let held = (): void => undefined;
  const untilHeld = new Promise<void>((resolve) => (held = resolve));
  const lease = await requestLease(link, { role: PROJECTOR, holder: `import ${process.pid}`, onChange: () => held() });
  const timer = setTimeout(() => held(), LEASE_WAIT_MS);
  if (!lease.isHeld()) await untilHeld;
  clearTimeout(timer);
  const others = (await heldRoles(link)).filter((role) => role !== PROJECTOR && rangeOfRole(role) !== null);
  if (lease.isHeld() && others.length === 0) return lease;
  await lease.release();
  if (intoExisting) return null;
  throw new Failure(
    'a projector works on this log: stop the hub first; with --into-existing it is told what is missing',
  );
};

type Facts = { readonly checkpoints: Checkpoints; readonly options: ImportOptions; readonly isLeading: boolean };

const entryFor = async (link: NatsLink, header: ArchiveHeader, facts: Facts): Promise<Entry> => {
  const { lastPosition: before } = await logState(link);
  const { checkpoints } = facts;
  const marker = await checkpoints.get();
  const told = await toldUpTo({ deliveries: jetStreamDeliveries(link), checkpoints }, allPartitions);
  // An import that was interrupted has left its checkpoint.
  const isRestoring = before === 0 || (marker === header.lastPosition && before <= marker);
  if (!isRestoring && !facts.options.intoExisting)
    throw new Failure(
      `the log is not empty, it ends at position ${before}: import into another DATA_DIR, or add what is missing ` +
        `with --into-existing`,
    );
  const isSilent = facts.isLeading && (isRestoring || told >= before);
  const most = header.lastPosition - header.firstPosition + 1;
  if (isSilent) await checkpoints.put(positionOf(isRestoring ? header.lastPosition : Math.max(told, before + most)));
  return { isRestoring, isSilent, before };
};

type Counts = { appended: number; present: number; moved: number };
type Writer = {
  /** Appends what is missing of a chunk. */
  readonly take: (events: readonly RecordedRawEvent[]) => Promise<void>;
  readonly end: () => void;
  readonly counts: Counts;
};

const writerFor = async (link: NatsLink, header: ArchiveHeader, entry: Entry): Promise<Writer> => {
  const counts: Counts = { appended: 0, present: 0, moved: 0 };
  const bar = progress('importing', header.lastPosition);
  const append = rawAppender(link);
  const isMissing = entry.isRestoring ? beginningOf(link, entry.before) : await newTo(link);
  let last = entry.before;
  return {
    counts,
    end: () => bar.end(),
    take: async (events) => {
      const missing: RecordedRawEvent[] = [];
      for (const event of events) if (await isMissing(event)) missing.push(event);
      const positions = await append(missing, entry.isRestoring ? { after: last } : {});
      last = positions.at(-1) ?? last;
      counts.moved += positions.filter((position, index) => position !== missing[index]?.position).length;
      counts.appended += missing.length;
      counts.present += events.length - missing.length;
      bar.advance(events.length);
    },
  };
};

/** Tells what is not in the log yet, of one that is how the archive begins. Faults: Failure where it is not. */
const beginningOf = (link: NatsLink, before: Position) => {
  const existing = before === 0 ? null : readRaw(link, positionOf(0));
  return async (event: RecordedRawEvent): Promise<boolean> => {
    const next = await existing?.next();
    if (next === undefined || next.done === true) return true;
    if (isSameEvent(next.value, event)) return false;
    throw new Failure(
      `the log holds another event at position ${next.value.position}: it is not how the archive begins`,
    );
  };
};

/** Tells what is not in the log, by its id; the ids of the log are held in memory, about 100 bytes each. */
const newTo = async (link: NatsLink) => {
  const ids = new Set<string>();
  for await (const { headers } of readRaw(link, positionOf(0))) ids.add(headers[MESSAGE_ID] ?? '');
  return (event: RecordedRawEvent): Promise<boolean> => {
    const id = event.headers[MESSAGE_ID];
    const isNew = id === undefined || !ids.has(id);
    if (id !== undefined) ids.add(id);
    return Promise.resolve(isNew);
  };
};

const report = (counts: Counts, { isSilent, isRestoring }: Entry): readonly string[] => [
  `${counts.appended + counts.present} events: ${counts.appended} appended, ${counts.present} there before`,
  counts.moved === 0 && isRestoring
    ? 'Positions are those of the original. recordedAt is the time of the import; the events keep their own times.'
    : `${counts.moved} events lie at other positions than in the original. recordedAt is the time of the import.`,
  isSilent
    ? 'Tokens are written. Nobody is told what was imported: the hub folds it in silence when it starts.'
    : 'What was appended is new to this hub: it tells those whom it concerns.',
];
