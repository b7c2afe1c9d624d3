/**
 * One event of the log as a line of an archive, and back, byte for byte (pure).
 *
 * What every event has is spelled out; a header is written as such only where it is not what the rest of the line says,
 * and a body that would not survive JSON is kept as bytes. So a line reads well, and nothing is lost with an event that
 * this hub cannot read.
 */
import { partitionOf, type RawEvent, type RecordedRawEvent } from '@cablehub/log';
import { positionOf } from '@cablehub/events';
import { z } from 'zod';

/** How each line of an event begins, and no other line does. */
export const EVENT_PREFIX = '{"position":';

const MESSAGE_ID = 'Nats-Msg-Id';
const named = {
  id: 'ce-id',
  type: 'ce-type',
  schemaVersion: 'ce-schemaversion',
  time: 'ce-time',
  source: 'ce-source',
  traceparent: 'traceparent',
} as const;
const names = Object.entries(named) as [keyof typeof named, string][];

const eventLine = z.strictObject({
  position: z.int().positive(),
  /** Milliseconds since 1970. */
  recordedAt: z.int().nonnegative(),
  accountId: z.int().nonnegative().optional(),
  entity: z.string().optional(),
  entityId: z.string().optional(),
  /** Instead of the three above, where the subject is not spelled as the hub spells it. */
  subject: z.string().startsWith('events.').optional(),
  id: z.string().optional(),
  type: z.string().optional(),
  schemaVersion: z.string().optional(),
  time: z.string().optional(),
  source: z.string().optional(),
  traceparent: z.string().optional(),
  /** Headers that are not as the rest says; null: one that is missing. */
  headers: z.record(z.string(), z.string().nullable()).optional(),
  data: z.unknown().optional(),
  /** Instead of `data`, where that would not give the same bytes again. */
  data_base64: z.base64().optional(),
});
type EventLine = z.infer<typeof eventLine>;

export const encodeLine = (event: RecordedRawEvent): string => {
  const place = placeIn(event.subject);
  const said = Object.fromEntries(
    names.flatMap(([name, header]) => (event.headers[header] === undefined ? [] : [[name, event.headers[header]]])),
  );
  const headers = unusualHeaders(event, usualHeaders({ ...place, ...said }));
  return JSON.stringify({
    position: event.position,
    recordedAt: event.recordedAt,
    ...place,
    ...said,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...bodyOf(event.body),
  });
};

/** What a line says; null when it is not an event. */
export const decodeLine = (line: string): RecordedRawEvent | null => {
  const parsed = eventLine.safeParse(json(line));
  if (!parsed.success) return null;
  const { position, recordedAt, headers: unusual = {}, data, data_base64: bytes, ...said } = parsed.data;
  const subject = said.subject ?? subjectOf(said);
  if (subject === null || (data === undefined) === (bytes === undefined)) return null;
  const all = {
    ...Object.fromEntries(names.map(([name, header]) => [header, said[name]])),
    ...usualHeaders(said),
    ...unusual,
  };
  const present = Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    position: positionOf(position),
    recordedAt,
    subject,
    headers: Object.fromEntries(present),
    body: bytes === undefined ? Buffer.from(JSON.stringify(data)) : Buffer.from(bytes, 'base64'),
  };
};

/** True when two entries are the same event; their place and the time they were stored do not count. */
export const isSameEvent = (one: RawEvent, other: RawEvent): boolean => eventIn(one) === eventIn(other);
const eventIn = ({ subject, headers, body }: RawEvent): string =>
  encodeLine({ subject, headers, body, position: positionOf(0), recordedAt: 0 });

type Place = Pick<EventLine, 'accountId' | 'entity' | 'entityId' | 'subject'>;

const placeIn = (subject: string): Place => {
  const [, , account, entity, entityId] = subject.split('.');
  const place = { accountId: Number(account), entity, entityId };
  return Number.isSafeInteger(place.accountId) && subjectOf(place) === subject ? (place as Place) : { subject };
};

const subjectOf = ({ accountId, entity, entityId }: { readonly [K in keyof Place]?: Place[K] | undefined }) =>
  accountId === undefined || entity === undefined || entityId === undefined
    ? null
    : `events.${partitionOf(accountId)}.${accountId}.${entity}.${entityId}`;

const usualHeaders = (said: Partial<EventLine>): Readonly<Record<string, string>> => ({
  'ce-specversion': '1.0',
  'ce-subject': `${said.entity ?? ''}/${said.entityId ?? ''}`,
  'content-type': 'application/json',
  [MESSAGE_ID]: `${said.accountId ?? ''}.${said.id ?? ''}`,
});

const unusualHeaders = (
  { headers }: RawEvent,
  usual: Readonly<Record<string, string>>,
): Readonly<Record<string, string | null>> => {
  const spelledOut = new Set<string>(Object.values(named));
  const others = Object.entries(headers).filter(([name, value]) => !spelledOut.has(name) && usual[name] !== value);
  const missing = Object.keys(usual).filter((name) => headers[name] === undefined);
  const all: readonly (readonly [string, string | null])[] = [
    ...others,
    ...missing.map((name) => [name, null] as const),
  ];
  return Object.fromEntries(all.toSorted(([one], [other]) => (one < other ? -1 : 1)));
};

const bodyOf = (body: Uint8Array): Pick<EventLine, 'data' | 'data_base64'> => {
  const text = Buffer.from(body).toString();
  const data = json(text);
  const isSurviving = data !== undefined && Buffer.from(JSON.stringify(data)).equals(body);
  return isSurviving ? { data } : { data_base64: Buffer.from(body).toString('base64') };
};

const json = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // not JSON, which JSON itself cannot say
  }
};
