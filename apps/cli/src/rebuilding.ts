/** What `hub replay` and `hub verify` share: the projector's files, a replay with its progress, and the comparison as a table. */
import type { AccountId, Position } from '@cablehub/events';
import {
  connectNats,
  jetStreamLog,
  natsSignals,
  type EventLog,
  type NatsLink,
  type PartitionRange,
  type ReplaySignal,
} from '@cablehub/log';
import type { NatsPlace } from '@cablehub/process';
import { reportedReplay, sqliteViews, type Replayed, type TableComparison, type Views } from '@cablehub/projector';
import color from 'picocolors';
import { Failure } from './failure.ts';
import { progress, type Output } from './output.ts';

export type RebuildOptions = {
  readonly nats: NatsPlace;
  readonly dataDir: string;
  /** Those of the projector whose views are meant. */
  readonly partitions: PartitionRange;
  /** As the projector has it: a telling that fails parks its event. */
  readonly contactTokens: 'visible' | 'hidden';
  readonly signal: AbortSignal;
};

/** Connects, works, and closes whatever happens. */
export const withLog = async <T>(nats: NatsPlace, work: (log: EventLog, link: NatsLink) => Promise<T>): Promise<T> => {
  const link = await connectNats({ ...nats, name: 'cablehub-operator' });
  try {
    return await work(jetStreamLog(link), link);
  } finally {
    await link.close();
  }
};

export type Target = { readonly upTo: Position; readonly toTime?: number; readonly accountId?: AccountId };

export type Rebuilding = {
  readonly log: EventLog;
  /** Where the console's page of health hears how far it is. */
  readonly link: NatsLink;
  readonly by: ReplaySignal['by'];
  readonly options: RebuildOptions;
  readonly target: Target;
};

/** Folds the log into the file, from where it is. Faults: Failure when it is cut short. */
export const rebuildInto = async (file: string, { log, link, by, options, target }: Rebuilding): Promise<Replayed> => {
  const views: Views = sqliteViews(file, options.partitions);
  let position: number = views.checkpoint();
  const bar = progress('replaying', Math.max(0, target.upTo - position));
  try {
    const ports = { log, views, signals: natsSignals(link) };
    const replayed = await reportedReplay(ports, {
      ...target,
      by,
      partitions: options.partitions,
      contactTokens: options.contactTokens,
      signal: options.signal,
      onProgress: (now) => {
        bar.advance(now.position - position);
        position = now.position;
      },
    });
    if (!replayed.isFinished) throw new Failure(`stopped at position ${replayed.position}; nothing was changed`);
    return replayed;
  } finally {
    bar.end();
    views.close();
  }
};

/** The comparison, a line a table, and under it what the first difference of each is. */
export const printComparison = (tables: readonly TableComparison[], output: Output): void => {
  const width = Math.max(...tables.map(({ table }) => table.length));
  output.line(color.dim(`  ${'table'.padEnd(width)}  ${'live'.padStart(9)}  ${'rebuilt'.padStart(9)}  checksum`));
  for (const { table, kept, rebuilt, difference } of tables) {
    const counts = `${String(kept.rows).padStart(9)}  ${String(rebuilt.rows).padStart(9)}`;
    const outcome =
      difference === null ? `${kept.checksum.slice(0, 12)}  ${color.green('same')}` : color.red('DIFFERENT');
    output.line(`  ${table.padEnd(width)}  ${counts}  ${outcome}`);
  }
  for (const { table, difference } of tables) {
    if (difference === null) continue;
    const { key, column, what } = difference;
    const said = {
      differs: `column ${column}`,
      missing: 'missing in the live views',
      surplus: 'in the live views only',
    };
    output.line(`first difference in ${table}: ${key}: ${said[what]}`);
  }
};

export const rateOf = (events: number, ms: number): string =>
  `${events} events in ${(ms / 1_000).toFixed(1)} s (${Math.round((events * 1_000) / Math.max(1, ms))} a second)`;
