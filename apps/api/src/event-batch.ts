/**
 * A body of events, read and checked as a whole (pure).
 *
 * Either every event in it can be appended, or none is and every field that is wrong is named. An id may be used once in
 * a batch: the log would take the second for a repetition of the first and drop it.
 */
import {
  definitionOf,
  eventDefinitions,
  eventId,
  isEventType,
  moment,
  type AccountId,
  type EventId,
  type NewEvent,
} from '@cablehub/events';
import type { Append } from '@cablehub/log';
import { z } from 'zod';
import { checked } from './pointer.ts';
import type { ProblemItem } from './problem.ts';
import type { Item } from './submission.ts';

/** What an event may say beside its data. */
export const submittedEvent = z.strictObject({
  type: z.string(),
  data: z.unknown(),
  id: eventId.optional(),
  time: moment.refine((time) => /^\d{4}-/.test(time), 'must be within the years 0 to 9999').optional(),
  entity_id: z.int().positive().optional(),
  expected_version: z.int().nonnegative().optional(),
});

export type BatchContext = {
  readonly accountId: AccountId;
  /** ISO 8601 with milliseconds, UTC: the time of an event that gives none. */
  readonly now: string;
  /** The id of an event that gives none. */
  readonly newId: () => string;
  readonly traceparent?: string;
};

/** An event that can be appended, and where in the body it was. */
export type ReadEvent = Append & Pick<Item, 'pointer' | 'line'>;

export type Batch =
  | { readonly ok: true; readonly events: readonly ReadEvent[] }
  | { readonly ok: false; readonly errors: readonly ProblemItem[] };

/** Deeper values could not be read back by everything that reads the log. */
export const MAX_DEPTH = 64;

export const readBatch = (items: readonly Item[], context: BatchContext): Batch => {
  if (items.length === 0) return { ok: false, errors: [{ pointer: '', detail: 'must hold at least one event' }] };
  const read = items.map((item) => readEvent(item, context));
  const errors = [...read.flatMap((one) => (one.ok ? [] : one.errors)), ...repeatedIds(items)];
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, events: read.flatMap((one) => (one.ok ? [one.event] : [])) };
};

type Read =
  { readonly ok: true; readonly event: ReadEvent } | { readonly ok: false; readonly errors: readonly ProblemItem[] };

const readEvent = (item: Item, context: BatchContext): Read => {
  const { value, pointer } = item;
  if (isDeeperThan(value, MAX_DEPTH))
    return wrong(item, [{ pointer, detail: `is nested deeper than ${MAX_DEPTH} levels` }]);
  const envelope = checked(submittedEvent, value, pointer);
  const data = readData(value, pointer, context.accountId);
  if (!envelope.ok || !data.ok)
    return wrong(item, [...(envelope.ok ? [] : envelope.errors), ...(data.ok ? [] : data.errors)]);
  const { entity_id: entityId } = envelope.value;
  if (entityId !== undefined && entityId !== data.about)
    return wrong(item, [{ pointer: `${pointer}/entity_id`, detail: `must be ${data.about}, which the data is about` }]);
  return { ok: true, event: { ...appendOf(envelope.value, data.value, context), ...placeOf(item) } };
};

const wrong = ({ line }: Item, errors: readonly ProblemItem[]): Read => ({
  ok: false,
  errors: errors.map((error) => ({ ...error, ...(line === undefined ? {} : { line }) })),
});

const placeOf = ({ pointer, line }: Item): Pick<Item, 'pointer' | 'line'> => ({
  pointer,
  ...(line === undefined ? {} : { line }),
});

type Envelope = z.output<typeof submittedEvent>;

const appendOf = (envelope: Envelope, data: unknown, context: BatchContext): Append => {
  const { type, id = context.newId() as EventId, time = context.now, expected_version: expectedVersion } = envelope;
  const { accountId, traceparent } = context;
  const trace = traceparent === undefined ? {} : { traceparent };
  const event = { type, data, id, accountId, time, source: '/api', ...trace } as NewEvent;
  return { event, ...(expectedVersion === undefined ? {} : { expectedVersion }) };
};

type ReadData =
  | { readonly ok: true; readonly value: unknown; readonly about: number }
  | { readonly ok: false; readonly errors: readonly ProblemItem[] };

/** The data by the schema of its type. That one of them is missing is said by the envelope already. */
const readData = (value: unknown, pointer: string, account: AccountId): ReadData => {
  const type = fieldOf(value, 'type');
  if (typeof type !== 'string') return { ok: false, errors: [] };
  if (!isEventType(type)) {
    const detail = `must be one of ${Object.keys(eventDefinitions).join(', ')}`;
    return { ok: false, errors: [{ pointer: `${pointer}/type`, detail }] };
  }
  const definition = definitionOf(type);
  const given = fieldOf(value, 'data');
  if (given === undefined) return { ok: false, errors: [] };
  const data = checked(definition.data, given, `${pointer}/data`);
  return data.ok ? { ...data, about: definition.entityId(data.value, account) } : data;
};

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const repeatedIds = (items: readonly Item[]): readonly ProblemItem[] => {
  const firsts = new Map<unknown, string>();
  return items.flatMap((item) => {
    const { value, pointer } = item;
    const id = fieldOf(value, 'id');
    if (typeof id !== 'string') return [];
    const first = firsts.get(id);
    if (first === undefined) {
      firsts.set(id, pointer);
      return [];
    }
    const detail = `is the id of ${first} too; an id may be used once in a batch`;
    return [{ ...placeOf(item), pointer: `${pointer}/id`, detail }];
  });
};

/** Whether a value is nested deeper. Looked at level by level: a recursive look would itself fail on what it is to find. */
export const isDeeperThan = (value: unknown, depth: number): boolean => {
  let level: readonly object[] = isObject(value) ? [value] : [];
  for (let at = 0; at <= depth; at++) {
    const next: object[] = [];
    let count = 0;
    for (const one of level) count += childrenOf(one, next);
    if (count === 0) return false;
    level = next;
  }
  return true;
};

/** How many values are in an object; those that are objects are added to the next level. */
const childrenOf = (one: object, next: object[]): number => {
  const values: readonly unknown[] = Object.values(one);
  for (const value of values) if (isObject(value)) next.push(value);
  return values.length;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
