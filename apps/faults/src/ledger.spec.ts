import { describe, expect, it } from 'vitest';
import { repeatsOf, violationsOf, type Client, type Entry, type Ledger, type ViolationKind } from './ledger.ts';

const ext: Client = { name: 'ext', isExt: true };
const base: Client = { name: 'base', isExt: false };

const entry = (number: number, audience: readonly string[], acknowledged = true): Entry => ({
  number,
  id: `event-${number}`,
  audience: new Set(audience),
  positions: new Set(acknowledged ? [number * 10] : []),
  isCopied: false,
});

/** Events 1, 2, … as they are meant and acknowledged; in the log at ten times their number. */
const given = (...entries: readonly Entry[]) => ({
  when: (
    received: Readonly<Record<string, readonly number[]>>,
    log: Readonly<Record<string, readonly number[]>> = {},
  ) => {
    const ledger: Ledger = {
      clients: [ext, base],
      entries: new Map(entries.map((one) => [one.number, one])),
      receipts: new Map(
        Object.entries(received).map(([client, numbers]) => [client, numbers.map((number) => ({ number, at: 7 }))]),
      ),
      log: new Map([...entries.map(({ id, number }) => [id, [number * 10]] as const), ...Object.entries(log)]),
    };
    return {
      ledger,
      then: (...expected: readonly (readonly [ViolationKind, number, string | null])[]): void =>
        expect(violationsOf(ledger).map(({ kind, number, client }) => [kind, number, client])).toEqual(expected),
    };
  },
});

const both = ['ext', 'base'];
const three = [entry(1, both), entry(2, both), entry(3, both)];

describe('the ledger', () => {
  it('finds nothing when everybody heard what was meant for them, in order', () =>
    given(...three, entry(4, ['ext']))
      .when({ ext: [1, 2, 3, 4], base: [1, 2, 3] })
      .then());

  it('finds what was acknowledged and never came', () =>
    given(...three)
      .when({ ext: [1, 3] })
      .then(['lost', 2, 'ext'], ['lost', 1, 'base'], ['lost', 2, 'base'], ['lost', 3, 'base']));

  it('asks for nothing that was not acknowledged', () =>
    given(entry(1, both, false))
      .when({ ext: [1] })
      .then());

  it('finds what an ext client heard twice', () =>
    given(...three)
      .when({ ext: [1, 2, 2, 3], base: [1, 2, 3] })
      .then(['duplicated', 2, 'ext']));

  it('lets a base client hear something again, and counts it', () => {
    const compared = given(...three).when({ ext: [1, 2, 3], base: [1, 2, 1, 2, 3] });
    compared.then();
    expect(repeatsOf(compared.ledger, base)).toBe(2);
    expect(repeatsOf(compared.ledger, ext)).toBe(0);
  });

  it('finds what came after something newer, on either protocol', () =>
    given(...three)
      .when({ ext: [1, 3, 2], base: [2, 1, 3] })
      .then(['out of order', 2, 'ext'], ['out of order', 1, 'base']));

  it('finds what was heard by somebody it is not meant for, acknowledged or not, or that nobody posted', () =>
    given(entry(1, ['ext']), entry(2, ['ext'], false))
      .when({ ext: [1, 9], base: [1, 2] })
      .then(['wrong audience', 9, 'ext'], ['wrong audience', 1, 'base'], ['wrong audience', 2, 'base']));

  it('finds what was acknowledged and is not in the log, or not where it was said to be', () =>
    given(entry(1, []), entry(2, []))
      .when({}, { 'event-1': [], 'event-2': [21] })
      .then(['not in the log', 1, null], ['not in the log', 2, null]));

  it('finds what is in the log twice', () =>
    given(entry(1, []))
      .when({}, { 'event-1': [10, 40] })
      .then(['twice in the log', 1, null]));

  it('allows the second copy that a fault has put there, but nobody to hear it twice', () =>
    given({ ...entry(1, ['ext']), isCopied: true })
      .when({ ext: [1, 1] }, { 'event-1': [10, 40] })
      .then(['duplicated', 1, 'ext']));
});
