import { positionOf, type RecordedEvent } from '@cablehub/events';
import { newEvent, recorded } from '@cablehub/events/testing';
import type { EventLog } from '@cablehub/log';
import { memoryLog } from '@cablehub/log/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryViews } from './memory-views.ts';
import { catchUp, events, hub, rowsOf, toldBy } from './runner.fixture.ts';
import { sqliteViews } from './sqlite-views.ts';
import type { Batch } from './taking.ts';
import { given } from './testing.ts';
import type { Views } from './views.ts';

/** A log that holds what it is given and recognises no repetition, as JetStream after its duplicate window. */
const logWith = (entries: readonly RecordedEvent[]): EventLog => ({
  ...memoryLog(),
  lastPosition: async () => positionOf(entries.at(-1)?.position ?? 0),
  follow: async function* ({ after = positionOf(0), maxBatch = 500, signal }) {
    const rest = entries.filter(({ position }) => position > after);
    for (let at = 0; at < rest.length && !signal.aborted; at += maxBatch) yield rest.slice(at, at + maxBatch);
  },
});

const DISTANCE = 1_000;
const LATER = '2034-01-01T00:00:00.000Z';

/** The events, far enough apart that others have room between them. */
const apart = (history: readonly Parameters<typeof recorded>[0][]): readonly RecordedEvent[] =>
  history.map((event, index) => recorded(event, (index + 1) * DISTANCE) as RecordedEvent);

type Resend = { readonly of: number; readonly behind: number };

/** Some of them once more, at a later place and with a later time. */
const again = (originals: readonly RecordedEvent[], resends: readonly Resend[]): readonly RecordedEvent[] =>
  resends.map(({ of, behind }, index) => {
    const original = originals[of % originals.length]!;
    const at = Math.min(original.position + behind * DISTANCE, originals.at(-1)!.position);
    return { ...original, time: LATER, position: positionOf(at + index + 1) };
  });

/** Rows without their versions, which follow the log: it counts a repetition like any other event. */
const unversioned = (rows: unknown): unknown =>
  JSON.parse(JSON.stringify(rows), (key, value: unknown) => (key === 'version' ? 0 : value));

const duplicatesIn = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { duplicates }) => sum + duplicates.length, 0);

const resends = fc.array(fc.record({ of: fc.nat(200), behind: fc.nat(200) }), { minLength: 1, maxLength: 30 });

describe('an event that is sent again, however late', () => {
  it.each<[string, number, () => Views]>([
    ['memory', 25, memoryViews],
    ['SQLite', 8, () => sqliteViews(':memory:')],
  ])('changes nothing in the views (%s) and is told to nobody', { timeout: 30_000 }, async (_where, numRuns, open) => {
    await fc.assert(
      fc.asyncProperty(events, resends, fc.integer({ min: 1, max: 50 }), async (history, more, maxBatch) => {
        const originals = apart(history);
        const copies = again(originals, more);
        const calm = { ...hub(open()), log: logWith(originals) };
        const before = duplicatesIn(await catchUp(calm));
        const all = [...originals, ...copies].toSorted((a, b) => a.position - b.position);
        const noisy = { ...hub(open()), log: logWith(all) };
        const batches = await catchUp(noisy, maxBatch);
        expect(unversioned(rowsOf(noisy.views, history))).toEqual(unversioned(rowsOf(calm.views, history)));
        expect(toldBy(noisy.deliveries)).toEqual(toldBy(calm.deliveries));
        expect(noisy.views.parked()).toEqual(calm.views.parked());
        expect([...noisy.tokens.grants]).toEqual([...calm.tokens.grants]);
        // Two events of a history may happen to have one id.
        expect(duplicatesIn(batches)).toBe(before + copies.length);
        for (const { views } of [calm, noisy]) views.close();
      }),
      { numRuns },
    );
  });

  it('is a duplicate also of one that was parked, and not of another account’s', () => {
    const early = newEvent('contact.updated', { id: 7, name: 'Ada' }, { id: 'one' });
    const created = newEvent('contact.created', { id: 7, name: 'ada' });
    const past = given([early, created]);
    expect(past.when(early).outcome).toEqual({ kind: 'duplicate' });
    expect(past.when({ ...created, accountId: 2 as never }).outcome).toEqual({ kind: 'taken' });
    expect(past.views.parked()).toHaveLength(1);
  });
});
