import type { AccountId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { describeClaims } from './claims.contract.ts';
import { memoryClaims } from './claims-memory.ts';
import { claimKey } from './claims.ts';

describeClaims('memory', async (replicas) => {
  const claims = memoryClaims();
  return Array.from({ length: replicas }, () => claims);
});

describe('the key of a claim', () => {
  const one = 1 as AccountId;

  it('is the same for an e-mail address in any case, and for nothing else', () => {
    expect(claimKey(one, 'email', 'Ada@Example.com')).toBe(claimKey(one, 'email', 'ada@example.com'));
    expect(claimKey(one, 'identifier', 'Ada')).not.toBe(claimKey(one, 'identifier', 'ada'));
  });

  it('tells nothing of what is claimed', () => {
    expect(claimKey(one, 'phone_number', '+4912345678')).toMatch(/^1\.[A-Za-z0-9_-]{43}$/);
  });
});
