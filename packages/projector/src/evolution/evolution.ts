/** What an event does to the views, and how a projection says so (pure). */
import type { EventType, PubsubToken, RecordedOf } from '@cablehub/events';
import type { Grant } from '@cablehub/log';
import type { ReadViews, Write } from '../views.ts';

/** A change of who may hear what. */
export type GrantChange =
  | { readonly kind: 'granted'; readonly token: PubsubToken; readonly grant: Grant }
  | { readonly kind: 'revoked'; readonly token: PubsubToken; readonly grant: Extract<Grant, { kind: 'agent' }> };

/** The columns of a message that an update made different: name to `[old, new]`. */
export type PreviousChanges = Readonly<Record<string, readonly [unknown, unknown]>>;

export type Evolution =
  | {
      readonly ok: true;
      readonly writes: readonly Write[];
      readonly grants?: readonly GrantChange[];
      readonly previousChanges?: PreviousChanges;
    }
  /** The event cannot be true of these views: it is parked, and nothing changes. */
  | { readonly ok: false; readonly reason: string };

export type Evolve<Type extends EventType> = (views: ReadViews, event: RecordedOf<Type>) => Evolution;
export type Evolves<Type extends EventType> = { readonly [T in Type]: Evolve<T> };

export const wrote = (...writes: readonly Write[]): Evolution => ({ ok: true, writes });
export const refused = (reason: string): Evolution => ({ ok: false, reason });

export const unknown = (what: string, id: number): Evolution => refused(`there is no ${what} ${id}`);
export const existing = (what: string, id: number): Evolution => refused(`there is a ${what} ${id} already`);

/** A row with the given values in place of its own; what is undefined stays as it was. */
export const changed = <R extends object>(row: R, values: { readonly [K in keyof R]?: R[K] | undefined }): R => {
  const result = { ...row };
  for (const [name, value] of Object.entries(values)) if (value !== undefined) Object.assign(result, { [name]: value });
  return result;
};

/** When an event happened, in milliseconds since 1970. */
export const timeOf = (event: { readonly time: string }): number => Date.parse(event.time);
