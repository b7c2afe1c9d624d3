/** The account's events, as the timeline shows them: whole, but for secrets. */
import { definitionOf, subjectOf, type RecordedEvent } from '@cablehub/events';
import type { LogEntry } from '@cablehub/log';
import { z } from 'zod';

export const entryShape = z.object({
  position: z.int(),
  id: z.string(),
  type: z.string(),
  time: z.string().describe('when it happened'),
  recorded_at: z.int().describe('when the log stored it: Unix ms'),
  source: z.string(),
  entity: z.string(),
  entity_id: z.int(),
  version: z.int(),
  traceparent: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type Entry = z.infer<typeof entryShape>;

const SECRETS = new Set(['pubsub_token', 'hmac_token', 'access_token_hash', 'identifier_hash']);
const MASK = '•••';

/** The value without the secrets in it, at whatever depth. */
export const withoutSecrets = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, (key: string, one: unknown) =>
      SECRETS.has(key) && typeof one === 'string' && one !== '' ? MASK : one,
    ),
  ) as T;

export const entryOf = (event: RecordedEvent): Entry => {
  const { entity, entityId } = subjectOf(event);
  return {
    position: event.position,
    id: event.id,
    type: event.type,
    time: event.time,
    recorded_at: event.recordedAt,
    source: event.source,
    entity,
    entity_id: entityId,
    version: definitionOf(event.type).version,
    traceparent: event.traceparent ?? null,
    data: withoutSecrets(withoutInboxName(event)),
  };
};

/** Whoever knows the name of an API inbox may write there. */
const withoutInboxName = ({ type, data }: RecordedEvent): Record<string, unknown> =>
  type === 'inbox.created' && data.identifier !== null ? { ...data, identifier: MASK } : { ...data };

export const filterQuery = z.object({
  type: z.string().max(64).default('').describe('a type, or the beginning of some: message.'),
  entity: z.string().max(64).default('').describe('conversation, or conversation.7'),
});
export type TimelineFilter = z.output<typeof filterQuery>;

/** What can be shown, and passes. */
export const passes = (entry: LogEntry, { type, entity }: TimelineFilter): entry is RecordedEvent => {
  if (entry.type === 'unreadable') return false;
  const isType = type === '' || entry.type === type || (type.endsWith('.') && entry.type.startsWith(type));
  if (!isType || entity === '') return isType;
  const subject = subjectOf(entry);
  return entity === subject.entity || entity === `${subject.entity}.${subject.entityId}`;
};
