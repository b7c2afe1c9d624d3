/**
 * What a command decides: the events that follow from it, or why nothing does (pure).
 *
 * A command is a function of the views and of what changes with every try: the time, ids and randomness come in with the
 * context. It may be decided several times before its events are in the log: when an id is missing, when another had a claim
 * first, when the views were behind.
 */
import { definitionOf, subjectOf, type AccountId, type EventId, type EventType, type NewEvent } from '@cablehub/events';
import type { eventDefinitions } from '@cablehub/events';
import type { Append, ClaimKind } from '@cablehub/log';
import type { Reading } from '@cablehub/projector';
import type { z } from 'zod';

/** What ids are given for. A conversation's are counted per account. */
export type IdKind =
  'account' | 'user' | 'inbox' | 'team' | 'contact' | 'contact_inbox' | 'conversation' | 'message' | 'attachment';

export type CommandContext = {
  readonly accountId: AccountId;
  /** ISO 8601 with milliseconds, UTC: when what is decided happens. */
  readonly now: string;
  /** A random UUID. */
  readonly newId: () => string;
  /** A random secret: 24 letters and digits. */
  readonly newSecret: () => string;
  /** A random whole number from 0 to below `end`. */
  readonly random: (end: number) => number;
  /** An id that nothing of this kind has had. */
  readonly takeId: (kind: IdKind) => number;
  readonly traceparent?: string;
};

/** Something that one contact or session of the account may have alone. */
export type ClaimRequest = {
  readonly kind: ClaimKind;
  readonly value: string;
  /** Of the contact or session that is to have it. */
  readonly id: number;
};

export type Refusal =
  | { readonly reason: 'not_found' }
  /** One attribute cannot be so; `message` is a sentence that names it. */
  | { readonly reason: 'invalid'; readonly attribute: string; readonly message: string }
  /** It cannot be done as things are. */
  | { readonly reason: 'refused'; readonly message: string }
  | { readonly reason: 'forbidden'; readonly message: string };

export type Decision<Result> =
  | {
      readonly ok: true;
      /** In order. None: it is so already. */
      readonly events: readonly Append[];
      /** To be had before anything is appended. */
      readonly claims: readonly ClaimRequest[];
      readonly result: Result;
    }
  | { readonly ok: false; readonly refusal: Refusal };

export type Command<Result> = (views: Reading, context: CommandContext) => Decision<Result>;

export const notFound = { ok: false, refusal: { reason: 'not_found' } } as const;
export const invalid = (attribute: string, message: string) =>
  ({ ok: false, refusal: { reason: 'invalid', attribute, message } }) as const;
export const refused = (message: string) => ({ ok: false, refusal: { reason: 'refused', message } }) as const;
export const forbidden = (message: string) => ({ ok: false, refusal: { reason: 'forbidden', message } }) as const;

/** The data of an event as a producer may give it: defaults may be left out. */
export type GivenData<Type extends EventType> = z.input<(typeof eventDefinitions)[Type]['data']>;

type Defined<Values> = { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** The values that are said; what is undefined is left out. */
export const defined = <Values extends object>(values: Values): Defined<Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<Values>;

export type Draft = ReturnType<typeof draft>;

/**
 * The events of one decision, as they come together.
 *
 * `version` is that of the row an event was decided on; only the first event about an entity carries it, because the others
 * follow on that one. Data that the event's schema refuses is thrown as its ZodError.
 */
export const draft = (context: CommandContext) => {
  const events: Append[] = [];
  const claims: ClaimRequest[] = [];
  const entities = new Set<string>();

  return {
    add: <Type extends EventType>(type: Type, data: GivenData<Type>, version?: number): void => {
      const event = {
        type,
        data: definitionOf(type).data.parse(data),
        id: context.newId() as EventId,
        accountId: context.accountId,
        time: context.now,
        source: '/api',
        ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
      } as NewEvent;
      const { entity, entityId } = subjectOf(event);
      const isFirst = !entities.has(`${entity}.${entityId}`);
      entities.add(`${entity}.${entityId}`);
      events.push({ event, ...(isFirst && version !== undefined ? { expectedVersion: version } : {}) });
    },
    claim: (kind: ClaimKind, value: string | null | undefined, id: number): void => {
      if (value != null && value !== '') claims.push({ kind, value, id });
    },
    decided: <Result>(result: Result): Decision<Result> => ({ ok: true, events, claims, result }),
  };
};
