import type { AccountId } from '@cablehub/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyone } from './delivery.ts';
import { createSharedReadings, partOf, type Part, type ReadDelivery, type Reading } from './shared-readings.ts';

/** Stored at their offset in seconds. */
const stored = (offset: number): ReadDelivery => ({
  offset,
  at: offset * 1_000,
  delivery: {
    accountId: 7 as AccountId,
    lane: 'agents',
    stored: { offset, previous: 0 },
    kind: 'frame',
    audience: everyone,
    payload: new Uint8Array(),
  },
});
const lane = Array.from({ length: 40 }, (_, index) => stored(index + 1));
const offsetsIn = ({ deliveries }: Pick<Reading, 'deliveries'>): readonly number[] =>
  deliveries.map(({ offset }) => offset);

/** A lane whose readings end when they are told to; at most so many are read at once. */
const world = ({ atOnce = 4, most = Infinity } = {}) => {
  const begun: { readonly subject: string; readonly part: Part; readonly end: (error?: Error) => void }[] = [];
  const ask = createSharedReadings({
    atOnce,
    read: (subject, part) =>
      new Promise((resolve, reject) => {
        const all = partOf(lane, part);
        const deliveries = all.slice(0, most);
        const upTo = deliveries.length < all.length ? deliveries.at(-1)!.offset : part.upTo;
        const end = (error?: Error): void => (error === undefined ? resolve({ deliveries, upTo }) : reject(error));
        begun.push({ subject, part, end });
      }),
  });
  const after = (offset: number, upTo = 40, subject = 'a') => ask(subject, { start: { after: offset }, upTo });
  return { ask, after, begun };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('readings of a lane', () => {
  it('are one for all who want a part of what is being read', async () => {
    const { after, begun } = world();
    const [first, ...others] = [after(10), after(10), after(20, 30), after(39)];
    begun[0]!.end();
    expect(offsetsIn(await first!)).toHaveLength(30);
    expect(await Promise.all(others.map(async (one) => offsetsIn(await one)))).toEqual([
      Array.from({ length: 30 }, (_, index) => index + 11),
      Array.from({ length: 10 }, (_, index) => index + 21),
      [40],
    ]);
    expect(begun).toHaveLength(1);
  });

  it('are one more for all together who want more', async () => {
    const { after, begun } = world();
    const first = after(30);
    const more = [after(5), after(2, 35), after(8)];
    expect(begun).toHaveLength(1);
    begun[0]!.end();
    expect(offsetsIn(await first)).toHaveLength(10);
    await turn();
    expect(begun.map(({ part }) => part)).toEqual([
      { start: { after: 30 }, upTo: 40 },
      { start: { after: 2 }, upTo: 40 },
    ]);
    begun[1]!.end();
    expect((await Promise.all(more)).map(({ deliveries }) => deliveries.length)).toEqual([35, 33, 32]);
  });

  it('begin at a time for those who have no place, apart from those who have one', async () => {
    const { ask, after, begun } = world();
    const [placed, timed] = [after(30), ask('a', { start: { since: 20_000 }, upTo: 40 })];
    expect(begun).toHaveLength(2);
    const later = ask('a', { start: { since: 39_000 }, upTo: 40 });
    for (const { end } of begun) end();
    expect(offsetsIn(await later)).toEqual([39, 40]);
    expect(offsetsIn(await timed)[0]).toBe(20);
    expect(offsetsIn(await placed)[0]).toBe(31);
  });

  it('wait for each other when they are too many', async () => {
    const { after, begun } = world({ atOnce: 2 });
    const asked = ['a', 'b', 'c', 'd'].map((subject) => after(30, 40, subject));
    expect(begun.map(({ subject }) => subject)).toEqual(['a', 'b']);
    begun[1]!.end();
    await turn();
    expect(begun.map(({ subject }) => subject)).toEqual(['a', 'b', 'c']);
    for (let next = 0; next < 4; next++) {
      begun[next]!.end();
      await turn();
    }
    expect((await Promise.all(asked)).every(({ deliveries }) => deliveries.length === 10)).toBe(true);
  });

  it('fail for all who wait for them, and for nobody else', async () => {
    const { after, begun } = world();
    const failing = [after(30), after(35)];
    const other = after(10);
    begun[0]!.end(new Error('NATS is away'));
    expect(await Promise.allSettled(failing)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    await turn();
    begun[1]!.end();
    expect(offsetsIn(await other)).toHaveLength(30);
  });

  it('are read on for whoever is further than was read at once', async () => {
    const { after, begun } = world({ most: 10 });
    const [behind, ahead] = [after(0), after(25)];
    begun[0]!.end();
    expect(await behind).toMatchObject({ upTo: 10 });
    await turn();
    begun[1]!.end();
    expect(offsetsIn(await ahead!)).toEqual([26, 27, 28, 29, 30, 31, 32, 33, 34, 35]);
  });

  it('give everybody all of their part, or some of it and up to where', async () => {
    const part = fc.record({
      start: fc.oneof(
        fc.record({ after: fc.nat(45) }),
        fc.record({ since: fc.nat(45).map((seconds) => seconds * 1_000) }),
      ),
      upTo: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), async (parts, most) => {
        const { ask, begun } = world({ most, atOnce: 1 });
        const answers = Promise.all(parts.map((one) => ask('a', one)));
        for (let next = 0; next < begun.length; next++) {
          begun[next]!.end();
          await turn();
        }
        for (const [index, { deliveries, upTo }] of (await answers).entries()) {
          const part = parts[index]!;
          expect(deliveries).toEqual(partOf(lane, { ...part, upTo }));
          if (deliveries.length === 0) expect(upTo).toBe(part.upTo);
        }
      }),
      { numRuns: 60 },
    );
  });
});
