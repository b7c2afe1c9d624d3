/**
 * The projections of a replay, which nobody hears: an event is told only where its telling could fail, and so park it.
 *
 * Telling reads rows of the event's account and puts their values together. It fails on a value that is not of its kind: a date beyond
 * the calendar, attachments that are no list, an id that nothing can be looked up by. Only an event that somebody wrote by hand
 * brings one in. So each row is looked at as it is written, and an account that has had an odd one is told everything from then on, as
 * is an event that is odd itself. What is not odd has to be enough for every payload: unheard.spec.ts holds it to that.
 */
import type { AccountId, RecordedEvent } from '@cablehub/events';
import { announce } from './announcement.ts';
import type { Rewrite } from './evolution/evolution.ts';
import type { Projections } from './projection.ts';
import { projections } from './projection.ts';
import { tables, type TableName } from './schema.ts';
import { columnsOf, type Column, type Kind } from './stored-rows.ts';

/** For views that are made from the first event on: it has to see every row. */
export const unheardProjections = (): Projections => {
  const odd = new Set<AccountId>();
  return {
    evolve: (views, event) => {
      const evolution = projections.evolve(views, event);
      if (evolution.ok && !evolution.writes.every((write) => isOrdinaryWrite(write, event.accountId)))
        odd.add(event.accountId);
      return evolution;
    },
    announce: (telling) =>
      isOrdinaryEvent(telling.event) && !odd.has(telling.event.accountId) ? nothing : announce(telling),
  };
};

const nothing = [] as const;

/** What telling takes of an event itself, beside its time, which may be anything. */
const isOrdinaryEvent = ({ accountId, data }: RecordedEvent): boolean => {
  const { id, performer_id, echo_id } = data as Readonly<Record<string, unknown>>;
  return isNumber(accountId) && isNumber(id) && isNumberOrNothing(performer_id) && isTextOrNothing(echo_id);
};

const isOrdinaryWrite = ({ table, row }: Rewrite, accountId: AccountId): boolean => {
  if (row === undefined) return true;
  if (row.accountId !== accountId) return false;
  const values = row as Readonly<Record<string, unknown>>;
  return checks[table].every(({ key, isOrdinary }) => isOrdinary(values[key]));
};

/** Every number of a row may be shown as a date. */
const MOST = 8_640_000_000_000_000;
const isNumber = (value: unknown): value is number => Number.isInteger(value) && Math.abs(value as number) <= MOST;
const isNumberOrNothing = (value: unknown): boolean => value === undefined || value === null || isNumber(value);
const isTextOrNothing = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string';

type Check = { readonly key: string; readonly isOrdinary: (value: unknown) => boolean };

const ofKind: { readonly [K in Kind]: Check['isOrdinary'] | null } = {
  number: isNumberOrNothing,
  text: isTextOrNothing,
  flag: (value) => typeof value === 'boolean',
  json: null, // told as it is
};

/** JSON that is not told as it is. */
const structured: { readonly [Name in TableName]?: Readonly<Record<string, Check['isOrdinary']>> } = {
  inboxes: { members: (value) => Array.isArray(value) && value.every(isNumber) },
  messages: {
    attachments: Array.isArray,
    sender: (value) =>
      value === null || (typeof value === 'object' && isNumber((value as Readonly<Record<string, unknown>>)['id'])),
  },
};

const checkOf = (name: TableName, { key, kind }: Column): readonly Check[] => {
  const isOrdinary = structured[name]?.[key] ?? ofKind[kind];
  return isOrdinary === null ? [] : [{ key, isOrdinary }];
};

const checks = Object.fromEntries(
  (Object.keys(tables) as TableName[]).map((name) => [
    name,
    columnsOf(name).flatMap((column) => checkOf(name, column)),
  ]),
) as unknown as { readonly [Name in TableName]: readonly Check[] };
