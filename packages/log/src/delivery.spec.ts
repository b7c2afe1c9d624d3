import { positionOf, type AccountId, type UserId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { deliveryHeaders, everyone, heardDelivery, isFor, type Audience } from './delivery.ts';

describe('audience', () => {
  const [ada, bob] = [1 as UserId, 11 as UserId];

  it('is everyone, only some, or all but some', () => {
    expect([isFor(everyone, ada), isFor(everyone, bob)]).toEqual([true, true]);
    const only = { kind: 'only', users: [ada] } as const;
    expect([isFor(only, ada), isFor(only, bob)]).toEqual([true, false]);
    const except = { kind: 'except', users: [ada] } as const;
    expect([isFor(except, ada), isFor(except, bob)]).toEqual([false, true]);
  });

  it('is nobody when only nobody is named', () => {
    expect(isFor({ kind: 'only', users: [] }, ada)).toBe(false);
  });

  const place = { accountId: 1 as AccountId, lane: 'agents' } as const;
  const payload = new Uint8Array();
  const sent = (audience: Audience): Audience | null => {
    const headers = deliveryHeaders({ ...place, position: positionOf(1), kind: 'frame', audience, payload });
    const heard = heardDelivery(place, payload, new Map(Object.entries(headers)));
    return heard.kind === 'frame' ? heard.audience : null;
  };

  it('arrives as it was sent, however long, however many others there were, and however often', () => {
    const listOf = (first: number, length: number): UserId[] =>
      Array.from({ length }, (_, index) => (first * 10_000 + index) as UserId);
    const lists = [0, 1, 2, 16, 40, 4_000, 6_000].flatMap((length) =>
      Array.from({ length: 20 }, (_, first) => listOf(first, length)),
    );
    for (const users of [...lists, ...lists])
      for (const kind of ['only', 'except'] as const) expect(sent({ kind, users })).toEqual({ kind, users });
    expect(sent(everyone)).toEqual(everyone);
  });
});
