/** Claims in a map: for tests, and to read first. */
import type { Claim, ClaimResult, Claims } from './claims.ts';

export const memoryClaims = ({ now = Date.now }: { readonly now?: () => number } = {}): Claims => {
  const held = new Map<string, Claim>();
  let revision = 0;
  const make = (key: string, id: number): ClaimResult => {
    const claim = { id, claimedAt: now(), revision: ++revision };
    held.set(key, claim);
    return { ok: true, claim };
  };
  const unlessHeld = (key: string, id: number, by: Claim | undefined): ClaimResult => {
    const claim = held.get(key);
    return claim === undefined || claim.revision === by?.revision
      ? make(key, id)
      : { ok: false, reason: 'held', claim };
  };
  return {
    claim: async (key, id) => unlessHeld(key, id, undefined),
    get: async (key) => held.get(key) ?? null,
    takeOver: async (key, id, from) => unlessHeld(key, id, from),
    release: async (key, { revision: released }) => held.get(key)?.revision === released && held.delete(key),
  };
};
