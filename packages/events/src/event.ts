/**
 * The events of the log: every type with its schema, and the two shapes an event has on its way.
 *
 * A *new* event is a fact that a producer states. A *recorded* event is the same fact with its place in the log; only
 * the log makes one. Facts are in the past tense, and `data` holds what changed, not the whole entity.
 */
import type { z } from 'zod';
import { accountEvents } from './account.ts';
import { agentEvents } from './agent.ts';
import { contactInboxEvents } from './contact-inbox.ts';
import { contactEvents } from './contact.ts';
import { conversationEvents } from './conversation.ts';
import type { Entity, EventDefinition } from './definition.ts';
import type { AccountId, EventId } from './ids.ts';
import { inboxEvents } from './inbox.ts';
import { messageEvents } from './message.ts';
import { teamEvents } from './team.ts';
import { userEvents } from './user.ts';

/** Every type of event there is, by name. */
export const eventDefinitions = {
  ...accountEvents,
  ...userEvents,
  ...agentEvents,
  ...inboxEvents,
  ...teamEvents,
  ...contactEvents,
  ...contactInboxEvents,
  ...conversationEvents,
  ...messageEvents,
} as const;

export type EventType = keyof typeof eventDefinitions;

/** What an event of one type says. */
export type EventData<Type extends EventType> = z.output<(typeof eventDefinitions)[Type]['data']>;

/** A type together with the data that belongs to it; a `switch` on `type` narrows `data`. */
export type DomainEvent = { [Type in EventType]: { readonly type: Type; readonly data: EventData<Type> } }[EventType];

/** What every event carries beside its type and data (CloudEvents 1.0). */
export type Envelope = {
  readonly id: EventId;
  readonly accountId: AccountId;
  /** ISO 8601 with milliseconds, UTC: when it happened, by the producer's clock. */
  readonly time: string;
  /** Who stated it: `/api`, `/presence`, … */
  readonly source: string;
  /** W3C trace context, passed on untouched. */
  readonly traceparent?: string;
};

/** An event before it is in the log. */
export type NewEvent = DomainEvent & Envelope;

declare const position: unique symbol;
/** An event's place in the whole log: grows, may skip. 0 is before the first event. */
export type Position = number & { readonly [position]: true };

/** An event in the log. */
export type RecordedEvent = NewEvent & {
  readonly position: Position;
  /** When the log stored it: milliseconds since 1970. */
  readonly recordedAt: number;
};

/** A recorded event of the given types. */
export type RecordedOf<Type extends EventType> = Extract<RecordedEvent, { readonly type: Type }>;

export const positionOf = (value: number): Position => value as Position;

export const isEventType = (type: string): type is EventType => Object.hasOwn(eventDefinitions, type);

export const definitionOf = (type: EventType): EventDefinition => eventDefinitions[type] as unknown as EventDefinition;

/** Whom an event is about: its entity and that entity's id. Together with the account, its subject in the log. */
export const subjectOf = (event: DomainEvent & Pick<Envelope, 'accountId'>): { entity: Entity; entityId: number } => {
  const definition = definitionOf(event.type);
  return { entity: definition.entity, entityId: definition.entityId(event.data, event.accountId) };
};
