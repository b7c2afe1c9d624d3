/** What every adapter of the claims must do. */
import type { AccountId } from '@cablehub/events';
import { beforeEach, describe, expect, it } from 'vitest';
import { claimKey, type Claim, type Claims } from './claims.ts';

const account = 1 as AccountId;
const key = claimKey(account, 'email', 'ada@example.com');

/** `open` gives several on the same storage, which begins empty. */
export const describeClaims = (name: string, open: (replicas: number) => Promise<readonly Claims[]>): void => {
  describe(`claims in ${name}`, () => {
    let claims: Claims;
    let replicas: readonly Claims[];
    beforeEach(async () => {
      replicas = await open(3);
      claims = replicas[0]!;
    });

    const held = async (): Promise<Claim> => (await claims.get(key))!;

    it('are free to begin with', async () => expect(await claims.get(key)).toBeNull());

    it('are held by whoever came first, who is named to all others', async () => {
      const before = Date.now() - 1_000;
      const first = await claims.claim(key, 7);
      expect(first).toMatchObject({ ok: true, claim: { id: 7 } });
      expect(first.claim.claimedAt).toBeGreaterThan(before);
      expect(first.claim.claimedAt).toBeLessThan(Date.now() + 1_000);
      expect(await replicas[1]!.claim(key, 8)).toEqual({ ok: false, reason: 'held', claim: first.claim });
      expect(await held()).toEqual(first.claim);
    });

    it('are each for itself', async () => {
      await claims.claim(key, 7);
      for (const other of [
        claimKey(2 as AccountId, 'email', 'ada@example.com'),
        claimKey(account, 'identifier', 'ada@example.com'),
        claimKey(account, 'source_id.1', 'ada@example.com'),
        claimKey(account, 'source_id.2', 'ada@example.com'),
      ])
        expect(await claims.claim(other, 8)).toMatchObject({ ok: true });
    });

    it('have one winner, however many race', async () => {
      for (let run = 0; run < 10; run++) {
        const racing = claimKey(account, 'identifier', `run ${run}`);
        const results = await Promise.all(
          Array.from({ length: 9 }, (_, index) => replicas[index % 3]!.claim(racing, index + 1)),
        );
        const winners = results.filter(({ ok }) => ok);
        expect(winners).toHaveLength(1);
        expect(new Set(results.map(({ claim }) => claim.id))).toEqual(new Set([winners[0]!.claim.id]));
      }
    });

    it('are taken over from the holder that is known, by one of those who try', async () => {
      const { claim: dead } = await claims.claim(key, 7);
      const results = await Promise.all([8, 9, 10].map((id, index) => replicas[index]!.takeOver(key, id, dead)));
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      const { claim } = results.find(({ ok }) => ok)!;
      expect(await held()).toEqual(claim);
      expect(await claims.takeOver(key, 11, dead)).toEqual({ ok: false, reason: 'held', claim });
    });

    it('are freed by their holder alone, and can be made again', async () => {
      const { claim: first } = await claims.claim(key, 7);
      const { claim: second } = await claims.takeOver(key, 8, first);
      expect(await claims.release(key, first)).toBe(false);
      expect(await held()).toEqual(second);
      expect(await claims.release(key, second)).toBe(true);
      expect(await claims.get(key)).toBeNull();
      expect(await claims.release(key, second)).toBe(false);
      expect(await claims.claim(key, 9)).toMatchObject({ ok: true, claim: { id: 9 } });
    });

    it('are taken over also when they were freed meanwhile', async () => {
      const { claim } = await claims.claim(key, 7);
      await claims.release(key, claim);
      expect(await claims.takeOver(key, 8, claim)).toMatchObject({ ok: true, claim: { id: 8 } });
    });
  });
};
