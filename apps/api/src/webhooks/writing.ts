/**
 * The events of one webhook, as they come together (pure).
 *
 * An event's id says what the webhook said: its type, whom it is about and, for a change, when that was changed. Whoever delivers
 * the same again, to whatever replica, states the same event.
 */
import {
  definitionOf,
  subjectOf,
  type AccountId,
  type Entity,
  type EventId,
  type EventType,
  type NewEvent,
} from '@cablehub/events';
import type { eventDefinitions } from '@cablehub/events';
import type { CommandContext } from '@cablehub/commands';
import type { Append } from '@cablehub/log';
import type { Reading, TableName } from '@cablehub/projector';
import type { z } from 'zod';

export const SOURCE = '/webhooks/chatwoot';

type GivenData<Type extends EventType> = z.input<(typeof eventDefinitions)[Type]['data']>;

export type Stated = {
  /** When it happened, in milliseconds since 1970; null: the webhook does not say. */
  readonly at: number | null;
  /** Of a change: the version of the row it was decided on. */
  readonly version?: number;
};

export type Writing = {
  readonly views: Reading;
  readonly accountId: AccountId;
  /** A random secret, for a token that the webhook does not tell. */
  readonly newSecret: () => string;
  readonly events: readonly Append[];
  /** Whether the views have it, or an event of this webhook makes it. */
  readonly knows: (entity: Entity, id: number) => boolean;
  /** Data that the event's schema refuses is thrown as its ZodError. */
  readonly add: <Type extends EventType>(type: Type, data: GivenData<Type>, stated: Stated) => void;
};

/** `mark` tells this delivery from others: what names a change that does not say when it was. */
export const writingFor = (views: Reading, context: CommandContext, mark: string): Writing => {
  const { accountId } = context;
  const events: Append[] = [];
  const made = new Set<string>();
  const changed = new Set<string>();
  return {
    views,
    accountId,
    newSecret: context.newSecret,
    events,
    knows: (entity, id) => made.has(`${entity}:${id}`) || views.get(tableOf[entity], accountId, id as never) !== null,
    add: (type, given, { at, version }) => {
      const data = definitionOf(type).data.parse(given);
      const { entity, entityId } = subjectOf({ type, data, accountId } as NewEvent);
      const about = `${entity}:${entityId}`;
      const isNew = type.endsWith('.created');
      if (isNew) made.add(about);
      const isFirst = !changed.has(about);
      changed.add(about);
      const event = {
        type,
        data,
        id: `chatwoot:${type}:${entityId}${isNew ? '' : `:${at ?? mark}`}` as EventId,
        accountId,
        time: at === null ? context.now : new Date(at).toISOString(),
        source: SOURCE,
        ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
      } as NewEvent;
      events.push({ event, ...(isFirst && version !== undefined ? { expectedVersion: version } : {}) });
    },
  };
};

const tableOf = {
  account: 'accounts',
  user: 'users',
  agent: 'agents',
  inbox: 'inboxes',
  team: 'teams',
  contact: 'contacts',
  contact_inbox: 'contactInboxes',
  conversation: 'conversations',
  message: 'messages',
} as const satisfies Readonly<Record<Entity, TableName>>;
