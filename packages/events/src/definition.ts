/** How one type of event is described: whose it is, which schema version is current, and what its data must be. */
import type { z } from 'zod';
import type { AccountId } from './ids.ts';

/** The kinds of thing an event can be about; the third part of an event's subject in the log. */
export const entities = [
  'account',
  'user',
  'agent',
  'inbox',
  'team',
  'contact',
  'contact_inbox',
  'conversation',
  'message',
] as const;
export type Entity = (typeof entities)[number];

export type EventDefinition<Schema extends z.ZodType = z.ZodType> = {
  readonly entity: Entity;
  /** Raised with every change of the shape; each raise comes with an upcaster (upcast.ts). */
  readonly version: number;
  readonly data: Schema;
  /** Which entity an event is about, read from its data. */
  readonly entityId: (data: z.output<Schema>, account: AccountId) => number;
};

export const defineEvent = <Schema extends z.ZodType>(definition: EventDefinition<Schema>): EventDefinition<Schema> =>
  definition;
