import type { AccountId } from '@cablehub/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allPartitions,
  isWithin,
  overlaps,
  partitionsOf,
  projectorRole,
  rangeName,
  rangeNamed,
  rangeOfRole,
  type PartitionRange,
} from './partitions.ts';

const range = fc
  .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 63 }))
  .map(([one, other]): PartitionRange => ({ first: Math.min(one, other), last: Math.max(one, other) }));

describe('range of partitions', () => {
  it('has a name from which it is known again, as has its projector’s role', () => {
    fc.assert(
      fc.property(range, (one) => {
        expect(rangeNamed(rangeName(one))).toEqual(one);
        expect(rangeOfRole(projectorRole(one))).toEqual(one);
      }),
    );
    expect(projectorRole(allPartitions)).toBe('projector.0-63');
  });

  it.each(['', '5', '0-64', '32-31', '-1-5', '0-31,32-63', ' 0-31', '0-031', 'presence'])('is not %j', (name) => {
    expect(rangeNamed(name)).toBeNull();
    expect(rangeOfRole(name)).toBeNull();
  });

  it('overlaps another when a partition is in both', () => {
    fc.assert(
      fc.property(range, range, (one, other) => {
        const shared = partitionsOf(one).filter((partition) => partitionsOf(other).includes(partition));
        expect(overlaps(one, other)).toBe(shared.length > 0);
      }),
    );
  });

  it('holds the accounts of its partitions', () => {
    const low = { first: 0, last: 31 };
    expect([64, 1, 31, 32, 63, 95, 96].filter((account) => isWithin(low, account as AccountId))).toEqual([
      64, 1, 31, 95,
    ]);
  });
});
