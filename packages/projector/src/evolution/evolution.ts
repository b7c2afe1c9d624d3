/** What an event does to the views, and how a projection says so (pure). */
import type { AccountId, EventType, PubsubToken, RecordedOf } from '@cablehub/events';
import type { Grant } from '@cablehub/log';
import type { Row, TableName } from '../schema.ts';
import type { IdOf, ReadViews } from '../views.ts';

/** A change of who may hear what. */
export type GrantChange =
  | { readonly kind: 'granted'; readonly token: PubsubToken; readonly grant: Grant }
  | { readonly kind: 'revoked'; readonly token: PubsubToken; readonly grant: Extract<Grant, { kind: 'agent' }> };

/** The columns of a message that an update made different: name to `[old, new]`. */
export type PreviousChanges = Readonly<Record<string, readonly [unknown, unknown]>>;

/** A row as an evolution makes it: a new one has no version yet, and no evolution changes one. */
export type Unversioned<Name extends TableName> = Omit<Row<Name>, 'version'> & { readonly version?: number };

/** One row made different, or removed. */
export type Rewrite = {
  [Name in TableName]:
    | { readonly table: Name; readonly row: Unversioned<Name>; readonly remove?: never }
    | {
        readonly table: Name;
        readonly remove: { readonly accountId: AccountId; readonly id: IdOf<Name> };
        readonly row?: never;
      };
}[TableName];

export type Evolution =
  | {
      readonly ok: true;
      readonly writes: readonly Rewrite[];
      readonly grants?: readonly GrantChange[];
      readonly previousChanges?: PreviousChanges;
    }
  /** The event cannot be true of these views: it is parked, and nothing changes. */
  | { readonly ok: false; readonly reason: string };

export type Evolve<Type extends EventType> = (views: ReadViews, event: RecordedOf<Type>) => Evolution;
export type Evolves<Type extends EventType> = { readonly [T in Type]: Evolve<T> };

export const wrote = (...writes: readonly Rewrite[]): Evolution => ({ ok: true, writes });
export const refused = (reason: string): Evolution => ({ ok: false, reason });

export const unknown = (what: string, id: number): Evolution => refused(`there is no ${what} ${id}`);
export const existing = (what: string, id: number): Evolution => refused(`there is a ${what} ${id} already`);

/** A row with the given values in place of its own; what is undefined stays as it was. */
export const changed = <R extends object>(row: R, values: { readonly [K in keyof R]?: R[K] | undefined }): R => {
  const result = { ...row };
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) (result as Record<string, unknown>)[name] = value;
  return result;
};

/** When an event happened, in milliseconds since 1970. */
export const timeOf = (event: { readonly time: string }): number => Date.parse(event.time);
