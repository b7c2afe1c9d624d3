/**
 * What the hub does with each event of the mix, counted by letting it do so once: which rows it writes, what it delivers and how
 * many tokens it keeps. A yardstick does as much of the same size, with nothing of the hub's code.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { positionOf, type NewEvent, type RecordedEvent } from '@cablehub/events';
import {
  project,
  sqliteViews,
  type Announcement,
  type Consequences,
  type Views,
  type Write,
} from '@cablehub/projector';
import Sqlite from 'better-sqlite3';
import { ACCOUNTS, type Shape } from './order.ts';
import { eventAt, storyShape } from './mix.ts';

export type Value = string | number | null;

/** A column of a row as it is in one round, and how it differs from round to round. */
export type Column =
  | { readonly kind: 'fixed'; readonly value: Value }
  /** So much more in each round of the account, and so much in each round of all. */
  | { readonly kind: 'growing'; readonly value: number; readonly perRound: number; readonly perSerial: number }
  | { readonly kind: 'unique'; readonly value: string }
  | { readonly kind: 'account' }
  | { readonly kind: 'position' };

export type RowWritten = {
  /** As SQLite calls it. */
  readonly table: string;
  /** Which row of the story: the same for each event that writes it. */
  readonly row: string;
  readonly columns: readonly Column[];
};

export type Delivered = {
  /** `agents`, or the id of the session in the story. */
  readonly lane: string;
  readonly users: string | null;
  readonly bytes: number;
};

export type EventJob = {
  readonly writes: readonly RowWritten[];
  readonly deliveries: readonly Delivered[];
  readonly tokens: number;
};

export type Job = {
  readonly shape: Shape;
  /** What makes the tables and indexes. */
  readonly schema: readonly string[];
  /** By table: its columns in order. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** By event of the story. */
  readonly events: readonly EventJob[];
};

/** Far enough for ids of a usual length. */
const ROUND = 1_000;

/** Plays two rounds of one account in views of its own, in a folder. */
export const jobOf = (folder: string): Job => {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'job.sqlite');
  const views = sqliteViews(file);
  const database = new Sqlite(file, { readonly: true });
  try {
    const play = player(views, database);
    const all = Array.from({ length: storyShape.setUp + storyShape.round }, (_, step) => step);
    const [makers, customers] = [all.slice(0, storyShape.setUp), all.slice(storyShape.setUp)];
    const made = makers.map((step) => play(step, 0));
    const once = customers.map((step) => play(step, ROUND));
    const again = customers.map((step) => play(step, ROUND + 1));
    const events = [...made.map((one) => compared(one, one)), ...once.map((one, at) => compared(one, again[at]!))];
    const schema = database.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid').pluck().all();
    const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
    const tables = Object.fromEntries(
      names.map((name) => [
        name,
        database
          .prepare(`SELECT * FROM "${name}"`)
          .columns()
          .map((column) => column.name),
      ]),
    );
    return { shape: storyShape, schema: schema as string[], tables, events };
  } finally {
    database.close();
    views.close();
  }
};

type Row = Readonly<Record<string, Value>>;
type Played = {
  readonly rows: readonly { readonly table: string; readonly id: number; readonly row: Row }[];
  readonly consequences: Consequences;
};

const ACCOUNT = 1;

const player = (views: Views, database: Sqlite.Database) => {
  let position = 0;
  return (step: number, round: number): Played => {
    const event = eventAt({ account: ACCOUNT, round, serial: round * ACCOUNTS, step });
    const written: Write[] = [];
    const watched: Views = { ...views, write: (write) => void (written.push(write), views.write(write)) };
    watched.begin();
    const consequences = project(watched, recordedAt(event, ++position), { contactTokens: 'visible' });
    watched.commit(positionOf(position));
    const rows = written.flatMap(({ table, row }) => {
      if (row === undefined) throw new Error('the mix removes a row, which no yardstick does');
      const name = table.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const stored = database.prepare(`SELECT * FROM "${name}" WHERE account_id = ? AND id = ?`).get(ACCOUNT, row.id);
      return [{ table: name, id: row.id, row: stored as Row }];
    });
    if (consequences.outcome.kind !== 'taken')
      throw new Error(`the mix has an event that is ${consequences.outcome.kind}`);
    return { rows, consequences };
  };
};

const recordedAt = (event: NewEvent, position: number): RecordedEvent =>
  ({ ...event, position: positionOf(position), recordedAt: Date.parse(event.time) }) as RecordedEvent;

const compared = (one: Played, other: Played): EventJob => ({
  writes: one.rows.map(({ table, id, row }, at): RowWritten => {
    const next = other.rows[at]!;
    const columns = Object.entries(row).map(([name, value]) => columnOf(name, value, next.row[name]!));
    return { table, row: `${table} ${id}`, columns };
  }),
  deliveries: one.consequences.announcements.map(deliveredBy),
  tokens: one.consequences.grants.length,
});

const columnOf = (name: string, value: Value, next: Value): Column => {
  if (name === 'account_id') return { kind: 'account' };
  if (name === 'version' || name === 'position') return { kind: 'position' };
  if (value === next) return { kind: 'fixed', value };
  if (typeof value === 'number') {
    const step = (next as number) - value;
    // Ids count the rounds of an account, times those of all.
    return /(^|_)id$/.test(name)
      ? { kind: 'growing', value: value - ROUND * step, perRound: step, perSerial: 0 }
      : { kind: 'growing', value: value - ROUND * step, perRound: 0, perSerial: step / ACCOUNTS };
  }
  if (name === 'source_id' || name === 'pubsub_token') return { kind: 'unique', value: String(value) };
  return { kind: 'fixed', value };
};

const deliveredBy = ({ lane, audience, payload }: Announcement): Delivered => ({
  lane,
  users: audience.kind === 'all' ? null : audience.users.join(','),
  bytes: payload.length,
});
