/** Ranges of partitions (pure): what one projector owns when several share the log. */
import type { AccountId } from '@cablehub/events';
import { partitionOf, PARTITIONS } from './names.ts';

/** Both ends are in it. */
export type PartitionRange = { readonly first: number; readonly last: number };

export const allPartitions: PartitionRange = { first: 0, last: PARTITIONS - 1 };

/** As settings, folders and names in NATS say it: `0-31`. */
export const rangeName = ({ first, last }: PartitionRange): string => `${first}-${last}`;

/** The range of a name; null: there is no such range. */
export const rangeNamed = (name: string): PartitionRange | null => {
  const [, first, last] = (/^(\d{1,2})-(\d{1,2})$/.exec(name) ?? []).map(Number);
  return first !== undefined && last !== undefined && first <= last && last < PARTITIONS ? { first, last } : null;
};

export const isSameRange = (one: PartitionRange, other: PartitionRange): boolean => rangeName(one) === rangeName(other);

export const overlaps = (one: PartitionRange, other: PartitionRange): boolean =>
  one.first <= other.last && other.first <= one.last;

export const isWithin = ({ first, last }: PartitionRange, account: AccountId): boolean => {
  const partition = partitionOf(account);
  return first <= partition && partition <= last;
};

/** The partitions of a range, in order. */
export const partitionsOf = ({ first, last }: PartitionRange): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const PROJECTOR = 'projector.';

/** The name of a projector's lease and of its checkpoint. */
export const projectorRole = (range: PartitionRange): string => `${PROJECTOR}${rangeName(range)}`;

/** The range that a projector of this role owns; null: it is no projector's. */
export const rangeOfRole = (role: string): PartitionRange | null =>
  role.startsWith(PROJECTOR) ? rangeNamed(role.slice(PROJECTOR.length)) : null;
