import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signer } from './signing.ts';

const key = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
const until = fc.nat(2_000_000_000);

describe('a signed id', () => {
  it('gives its key back to whoever has the secret', () => {
    fc.assert(fc.property(secret, key, (s, k) => void expect(signer(s).keyIn(signer(s).idOf(k))).toBe(k)));
  });

  it('is worth nothing when any part of it is changed', () => {
    const change = fc.record({ at: fc.nat(), put: fc.stringMatching(/^[A-Za-z0-9_.-]$/) });
    fc.assert(
      fc.property(secret, key, change, (s, k, { at, put }) => {
        const { idOf, keyIn } = signer(s);
        const id = idOf(k);
        const place = at % id.length;
        const changed = id.slice(0, place) + put + id.slice(place + 1);
        fc.pre(changed !== id);
        expect([changed, id + put, id.slice(0, place)].map(keyIn)).toEqual([null, null, null]);
      }),
    );
  });

  it('is worth nothing with another secret, whatever it says', () => {
    fc.assert(
      fc.property(secret, secret, key, (one, other, k) => {
        fc.pre(Buffer.compare(one, other) !== 0);
        expect(signer(other).keyIn(signer(one).idOf(k))).toBeNull();
      }),
    );
    fc.assert(fc.property(secret, fc.string(), (s, text) => void expect(signer(s).keyIn(text)).toBeNull()));
  });
});

describe('leave to read', () => {
  it('is for one file and one moment', () => {
    fc.assert(
      fc.property(secret, fc.tuple(key, key), fc.tuple(until, until), (s, [k, other], [moment, later]) => {
        const { leave, isLeave } = signer(s);
        const signature = leave(k, moment);
        expect(isLeave(k, moment, signature)).toBe(true);
        expect(isLeave(other, moment, signature)).toBe(other === k);
        expect(isLeave(k, later, signature)).toBe(later === moment);
      }),
    );
  });

  it('is no id, and an id is no leave', () => {
    fc.assert(
      fc.property(secret, key, until, (s, k, moment) => {
        const one = signer(s);
        expect(one.keyIn(`${k}.${one.leave(k, moment)}`)).toBeNull();
        expect(one.isLeave(k, moment, one.idOf(k).split('.')[1]!)).toBe(false);
      }),
    );
  });
});
