/** `hub events`: reads the log. */
import type { AccountId } from '@cablehub/events';
import { connectNats, jetStreamLog, type EventLog, type LogEntry, type ReadOptions } from '@cablehub/log';
import type { NatsPlace } from '@cablehub/process';
import color from 'picocolors';
import type { Output } from './output.ts';

export type EventsOptions = {
  readonly nats: NatsPlace;
  readonly follow: boolean;
  readonly account?: number;
  /** Event types; `message.` stands for all that begin so. None: all. */
  readonly types: readonly string[];
  readonly json: boolean;
  readonly signal: AbortSignal;
};

/** Prints the entries of the log in order; with `follow`, those to come as well, until the signal. */
export const printEvents = async (options: EventsOptions, output: Output): Promise<void> => {
  const link = await connectNats({ ...options.nats, name: 'cablehub-operator' });
  try {
    const filter: ReadOptions =
      options.account === undefined ? {} : { filter: { accountId: options.account as AccountId } };
    for await (const entry of entriesOf(jetStreamLog(link), filter, options)) {
      if (options.signal.aborted) return;
      if (isWanted(entry, options.types)) output.line(options.json ? JSON.stringify(entry) : described(entry));
    }
  } finally {
    await link.close();
  }
};

async function* entriesOf(log: EventLog, filter: ReadOptions, options: EventsOptions): AsyncGenerator<LogEntry> {
  if (!options.follow) yield* log.read(filter);
  else for await (const batch of log.follow({ ...filter, signal: options.signal })) yield* batch;
}

const isWanted = ({ type }: LogEntry, types: readonly string[]): boolean =>
  types.length === 0 || types.some((wanted) => type === wanted || (wanted.endsWith('.') && type.startsWith(wanted)));

/** An entry in one line. Tokens in its data are not shown: they are secrets, and terminals are looked at. */
export const described = (entry: LogEntry): string => {
  const place = `${String(entry.position).padStart(8)}  ${color.dim(new Date(entry.recordedAt).toISOString())}`;
  const about = `account ${entry.accountId}`;
  if (entry.type === 'unreadable') return `${place}  ${about}  ${color.red('unreadable')}  ${entry.reason}`;
  const data = JSON.stringify(entry.data, (key, value: unknown) => (key === 'pubsub_token' ? '…' : value));
  return `${place}  ${about}  ${color.bold(entry.type.padEnd(30))}  ${color.dim(data.length > 160 ? `${data.slice(0, 160)}…` : data)}`;
};
