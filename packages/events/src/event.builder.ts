/** Events for specifications, written with no more than what the case is about. */
import type { z } from 'zod';
import { definitionOf, positionOf, type eventDefinitions, type EventType, type NewEvent } from './event.ts';
import type { RecordedEvent } from './event.ts';

/** What a specification says about an event's envelope; the ids need no brand. */
export type EventOverrides = {
  readonly id?: string;
  readonly accountId?: number;
  readonly time?: string;
  readonly source?: string;
  readonly traceparent?: string;
};

type GivenData<Type extends EventType> = z.input<(typeof eventDefinitions)[Type]['data']>;
type NewEventOf<Type extends EventType> = Extract<NewEvent, { readonly type: Type }>;

let made = 0;

/**
 * A new event: the defaults of its schema filled in, in account 1, at 2024-03-01T12:00:00.000Z, with an id that no other
 * has in this process. Data that the schema refuses is thrown.
 */
export const newEvent = <Type extends EventType>(
  type: Type,
  data: GivenData<Type>,
  overrides: EventOverrides = {},
): NewEventOf<Type> =>
  ({
    type,
    data: definitionOf(type).data.parse(data),
    id: `event-${++made}`,
    accountId: 1,
    time: '2024-03-01T12:00:00.000Z',
    source: '/spec',
    ...overrides,
  }) as unknown as NewEventOf<Type>;

/** An event as the log gives it back: at a position, recorded when it happened. */
export const recorded = <Event extends NewEvent>(
  event: Event,
  position: number,
): Event & Pick<RecordedEvent, 'position' | 'recordedAt'> => ({
  ...event,
  position: positionOf(position),
  recordedAt: Date.parse(event.time),
});
