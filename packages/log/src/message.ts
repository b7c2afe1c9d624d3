/**
 * A recorded event and the message that stores it (pure): CloudEvents 1.0 in NATS' binary mode.
 *
 * The data is the body, everything else a header, so a tool that knows CloudEvents can read the log without us.
 */
import {
  definitionOf,
  isEventType,
  positionOf,
  subjectOf,
  upcast,
  type AccountId,
  type EventId,
  type NewEvent,
} from '@cablehub/events';
import type { LogEntry } from './log.ts';
import { subjects } from './names.ts';

export type EventMessage = {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A stored message, with the place and time the log gave it. */
export type StoredMessage = {
  readonly subject: string;
  readonly header: (name: string) => string;
  readonly body: () => unknown;
  readonly position: number;
  readonly recordedAt: number;
};

/** The id under which the log recognises a repetition. It names the account, so no account can hide another's event. */
export const messageIdOf = (event: NewEvent): string => `${event.accountId}.${event.id}`;

export const encodeEvent = (event: NewEvent): EventMessage => {
  const { entity, entityId } = subjectOf(event);
  return {
    subject: subjects.event(event.accountId, entity, entityId),
    headers: {
      'ce-specversion': '1.0',
      'ce-id': event.id,
      'ce-type': event.type,
      'ce-source': event.source,
      'ce-time': event.time,
      'ce-subject': `${entity}/${entityId}`,
      'ce-schemaversion': String(definitionOf(event.type).version),
      'content-type': 'application/json',
      ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    },
    body: JSON.stringify(event.data),
  };
};

/** Reads a stored message back, in today's shape. What cannot be read is returned as such, never thrown. */
export const decodeEvent = (message: StoredMessage): LogEntry => {
  const accountId = Number(message.subject.split('.', 3)[2]) as AccountId;
  const place = { position: positionOf(message.position), recordedAt: message.recordedAt, accountId };
  const unreadable = (reason: string): LogEntry => ({ type: 'unreadable', ...place, reason });

  const type = message.header('ce-type');
  if (!isEventType(type)) return unreadable(`unknown event type ${JSON.stringify(type)}`);
  const data = parsed(message);
  if (data === null) return unreadable(`the data of ${type} is not a JSON object`);
  const version = Number(message.header('ce-schemaversion'));
  if (!Number.isInteger(version) || version < 1) return unreadable(`${type} does not say its schema version`);
  const current = upcast(type, version, data);
  if (!current.ok)
    return unreadable(`${type} has schema version ${current.version}; this hub reads up to ${current.current}`);

  const entry = {
    position: place.position,
    recordedAt: place.recordedAt,
    accountId,
    type,
    data: current.data,
    id: message.header('ce-id') as EventId,
    time: message.header('ce-time'),
    source: message.header('ce-source'),
  };
  const traceparent = message.header('traceparent');
  return (traceparent === '' ? entry : { ...entry, traceparent }) as LogEntry;
};

const parsed = (message: StoredMessage): Readonly<Record<string, unknown>> | null => {
  try {
    const body = message.body();
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : null;
  } catch {
    // Only a hand outside the hub can have stored this; it keeps its place and is reported as unreadable.
    return null;
  }
};
