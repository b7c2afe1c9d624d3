import type { UserId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { everyone, isFor } from './delivery.ts';

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
});
