/**
 * `hub replay`: rebuilds the views from the log.
 *
 * Without options: aside, then compared with the live views, then offered to the projector, which takes them over between
 * two batches. With a part of the log, a state of the past or `--out`: into that file and nowhere else.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { positionOf, type AccountId, type Position } from '@cablehub/events';
import {
  jetStreamCheckpoints,
  jetStreamDeliveries,
  projectorRole,
  rangeName,
  type EventLog,
  type NatsLink,
  type PartitionRange,
} from '@cablehub/log';
import {
  compareViews,
  copyViews,
  isOffered,
  offerViews,
  openWorkFolder,
  projectorFolder,
  removeViews,
  sealViews,
  stateOf,
  toldUpTo,
  VIEWS_VERSION,
  viewFilesOf,
  type ViewFiles,
} from '@cablehub/projector';
import { Failure } from './failure.ts';
import type { Output } from './output.ts';
import { printComparison, rateOf, rebuildInto, withLog, type RebuildOptions } from './rebuilding.ts';

export type ReplayCommand = RebuildOptions & {
  /** The last position; absent: the end of the log. */
  readonly toSequence?: number;
  /** When the last event was stored in the log, in milliseconds since 1970. */
  readonly toTime?: number;
  readonly account?: number;
  /** The file to write, which must not be there yet. */
  readonly out?: string;
};

/** How long to wait for the projector to take the views over: it looks every second. */
const TAKE_OVER_MS = 10_000;

/** Faults: Failure, LogFault. */
export const replayLog = async (command: ReplayCommand, output: Output): Promise<void> => {
  const { out } = command;
  const isPart = [command.toSequence, command.toTime, command.account].some((option) => option !== undefined);
  if (out === undefined && isPart)
    throw new Failure('a part of the log, or a state of the past, needs a file of its own: --out FILE');
  await withLog(command.nats, async (log, link) =>
    out === undefined ? rebuildLive({ log, link, command }, output) : rebuildOut({ log, link, out, command }, output),
  );
};

type Out = Live & { readonly out: string };

const rebuildOut = async ({ log, link, out, command }: Out, output: Output): Promise<void> => {
  if (existsSync(out)) throw new Failure(`${out} is there already`);
  const startedAt = performance.now();
  const last = await log.lastPosition();
  const target = {
    upTo: positionOf(Math.min(command.toSequence ?? last, last)),
    ...(command.toTime === undefined ? {} : { toTime: command.toTime }),
    ...(command.account === undefined ? {} : { accountId: command.account as AccountId }),
  };
  try {
    const { events, position } = await rebuildInto(out, { log, link, by: 'replay', options: command, target });
    sealViews(out, { isWhole: false });
    output.line(`${out} is true for position ${position}: ${rateOf(events, performance.now() - startedAt)}`);
  } catch (error) {
    removeViews(out);
    throw error;
  }
};

type Live = { readonly log: EventLog; readonly link: NatsLink; readonly command: ReplayCommand };

const rebuildLive = async ({ log, link, command }: Live, output: Output): Promise<void> => {
  const { dataDir, partitions } = command;
  const files = viewFilesOf(dataDir, partitions);
  const parent = projectorFolder(dataDir, partitions);
  if (!existsSync(parent))
    throw new Failure(
      `no projector of partitions ${rangeName(partitions)} has worked in ${dataDir}: --out FILE writes anywhere`,
    );
  const folder = openWorkFolder(parent, 'replay');
  const [kept, rebuilt] = [join(folder.path, 'live.sqlite'), join(folder.path, 'rebuilt.sqlite')];
  try {
    const startedAt = performance.now();
    const told = await toldSoFar(link, partitions);
    const rebuildUpTo = async (upTo: Position): Promise<number> =>
      (await rebuildInto(rebuilt, { log, link, by: 'replay', options: command, target: { upTo } })).events;
    let events = await rebuildUpTo(told);
    const state = stateOf(files.live);
    const isKept = state?.version === VIEWS_VERSION && state.partitions === rangeName(partitions);
    if (isKept) {
      // The hub went on meanwhile: up to where its views are now, to compare like with like.
      await copyViews(files.live, kept);
      const upTo = stateOf(kept)!.position;
      if (upTo > told) events += await rebuildUpTo(upTo);
    }
    const { position } = stateOf(rebuilt)!;
    output.line(`rebuilt up to position ${position}: ${rateOf(events, performance.now() - startedAt)}`);
    if (isKept && stateOf(kept)?.position === position) printComparison(compareViews(kept, rebuilt), output);
    sealViews(rebuilt, { isWhole: true });
    offerViews(rebuilt, files);
  } finally {
    folder.remove();
  }
  await takenOver(files, command.signal)
    .then((isTaken) =>
      isTaken
        ? 'the projector works with the rebuilt views'
        : 'the projector takes the rebuilt views over when it works next',
    )
    .then(output.line);
};

/** Further than what has been told nothing may be rebuilt: the projector would take it as told. */
const toldSoFar = async (link: NatsLink, partitions: PartitionRange): Promise<Position> => {
  const checkpoints = await jetStreamCheckpoints(link, projectorRole(partitions));
  return toldUpTo({ deliveries: jetStreamDeliveries(link), checkpoints }, partitions);
};

const takenOver = async (files: ViewFiles, signal: AbortSignal): Promise<boolean> => {
  const until = performance.now() + TAKE_OVER_MS;
  while (isOffered(files) && performance.now() < until && !signal.aborted) await pause(100);
  return !isOffered(files);
};
