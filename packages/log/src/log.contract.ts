/**
 * What every log must do, whatever keeps it. An adapter's specification calls this with a way to open an empty log.
 *
 * Positions are compared, never counted: they grow and may skip.
 */
import { eventDefinitions, positionOf, type EventType, type NewEvent } from '@cablehub/events';
import { anyDataOf } from '@cablehub/events/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFollowing } from './follow.contract.ts';
import {
  accountOf,
  all,
  contact,
  envelope,
  idsIn,
  isGrowing,
  positionsOf,
  stale,
  team,
  type OpenLog,
} from './log.fixture.ts';
import type { EventLog } from './log.ts';

/** Holds an adapter to the promises of log.ts. `open` gives an empty log each time. */
export const describeEventLog = (name: string, open: () => Promise<OpenLog>): void => {
  describeFollowing(name, open);

  describe(`${name} log`, () => {
    let log: EventLog;
    let close: () => Promise<void>;

    beforeEach(async () => ({ log, close } = await open()));
    afterEach(async () => close());

    const append = async (...events: readonly NewEvent[]): Promise<readonly number[]> =>
      positionsOf(await log.append(events.map((event) => ({ event }))));

    describe('append', () => {
      it('answers for each event, in the order given', async () => {
        const results = await log.append([1, 2, 3].map((id) => ({ event: team(id) })));
        expect(results).toEqual([1, 2, 3].map(() => ({ ok: true, position: expect.any(Number), duplicate: false })));
        const positions = positionsOf(results);
        expect(positions).toEqual([...positions].sort((a, b) => a - b));
        expect(await idsIn(log)).toEqual([1, 2, 3]);
      });

      it('answers nothing for nothing', async () => {
        expect(await log.append([])).toEqual([]);
      });

      it('keeps one order over several accounts', async () => {
        await append(team(1, { accountId: 1 }), team(2, { accountId: 65 }));
        await append(team(3, { accountId: 2 }), team(4, { accountId: 1 }));
        const entries = await all(log);
        expect(entries.map(({ accountId }) => accountId)).toEqual([1, 65, 2, 1]);
        expect(isGrowing(entries)).toBe(true);
      });

      it('answers a repeated id with the first position and stores nothing', async () => {
        const [first] = await append(team(1, { id: 'same' }));
        await append(team(2));
        const [again] = await log.append([{ event: team(3, { id: 'same' }) }]);
        expect(again).toEqual({ ok: true, position: first, duplicate: true });
        expect(await idsIn(log)).toEqual([1, 2]);
      });

      it('recognises a repeated id within one call', async () => {
        const [first, again] = await log.append([
          { event: team(1, { id: 'same' }) },
          { event: team(1, { id: 'same' }) },
        ]);
        expect(first).toMatchObject({ ok: true, duplicate: false });
        expect(again).toEqual({ ...first, duplicate: true });
      });

      it('takes the same id in another account for another event', async () => {
        await append(team(1, { id: 'same', accountId: 1 }), team(2, { id: 'same', accountId: 2 }));
        expect(await idsIn(log)).toEqual([1, 2]);
      });
    });

    describe('expected version', () => {
      it('takes 0 for an entity that has no event yet', async () => {
        await append(team(1));
        expect(await log.append([{ event: team(2), expectedVersion: 0 }])).toMatchObject([{ ok: true }]);
      });

      it('refuses 0 for an entity that has one', async () => {
        await append(team(1));
        expect(await log.append([{ event: team(1), expectedVersion: 0 }])).toEqual([stale]);
        expect(await idsIn(log)).toEqual([1]);
      });

      it('takes the position of the last event about the same entity', async () => {
        const [first] = await append(team(1), team(2));
        expect(await log.append([{ event: team(1), expectedVersion: first ?? 0 }])).toMatchObject([{ ok: true }]);
      });

      it('refuses an older position', async () => {
        const [first] = await append(team(1), team(1));
        expect(await log.append([{ event: team(1), expectedVersion: first ?? 0 }])).toEqual([stale]);
      });

      it('tells the same entity of two accounts apart', async () => {
        await append(team(1, { accountId: 1 }));
        const other = { event: team(1, { accountId: 2 }), expectedVersion: 0 };
        expect(await log.append([other])).toMatchObject([{ ok: true }]);
      });

      it('looks at a repeated id first', async () => {
        const once = { event: team(1, { id: 'same' }), expectedVersion: 0 };
        const [first] = await log.append([once]);
        expect(await log.append([once])).toEqual([{ ...first, duplicate: true }]);
      });

      it('attempts nothing after a refusal', async () => {
        await append(team(1));
        const results = await log.append([
          { event: team(2), expectedVersion: 0 },
          { event: team(1), expectedVersion: 0 },
          { event: team(3) },
          { event: team(4), expectedVersion: 0 },
        ]);
        const notAttempted = { ok: false, reason: 'not_attempted' };
        expect(results).toEqual([expect.objectContaining({ ok: true }), stale, notAttempted, notAttempted]);
        expect(await idsIn(log)).toEqual([1, 2]);
      });

      it('holds within one call', async () => {
        const results = await log.append([
          { event: team(1), expectedVersion: 0 },
          { event: team(1), expectedVersion: 0 },
        ]);
        expect(results).toEqual([expect.objectContaining({ ok: true }), stale]);
      });
    });

    describe('read', () => {
      it('ends at once in an empty log', async () => {
        expect(await all(log)).toEqual([]);
        expect(await all(log, { filter: { entity: 'team' } })).toEqual([]);
      });

      it('ends at once where nothing passes the filter', async () => {
        await append(team(1));
        expect(await all(log, { filter: { entity: 'message' } })).toEqual([]);
        expect(await all(log, { filter: { accountId: accountOf(9) } })).toEqual([]);
      });

      it('begins after a position', async () => {
        const [, second, third] = await append(team(1), team(2), team(3));
        expect(await idsIn(log, { after: positionOf(second ?? 0) })).toEqual([3]);
        expect(await idsIn(log, { after: positionOf(third ?? 0) })).toEqual([]);
        expect(await idsIn(log, { after: positionOf((third ?? 0) + 100) })).toEqual([]);
      });

      it('keeps to an account', async () => {
        // 1 and 65 share a partition.
        await append(team(1, { accountId: 1 }), team(2, { accountId: 65 }), team(3, { accountId: 1 }));
        expect(await idsIn(log, { filter: { accountId: accountOf(1) } })).toEqual([1, 3]);
        expect(await idsIn(log, { filter: { accountId: accountOf(65) } })).toEqual([2]);
      });

      it('keeps to a kind of entity, in all accounts', async () => {
        await append(team(1), contact(2), team(3, { accountId: 2 }));
        expect(await idsIn(log, { filter: { entity: 'team' } })).toEqual([1, 3]);
      });

      it('keeps to a filter after a position', async () => {
        const [first] = await append(team(1), contact(2), team(3));
        expect(await idsIn(log, { after: positionOf(first ?? 0), filter: { entity: 'team' } })).toEqual([3]);
      });

      it('can be left early and read again', async () => {
        await append(team(1), team(2));
        for await (const entry of log.read()) {
          expect(entry).toMatchObject({ data: { id: 1 } });
          break;
        }
        expect(await idsIn(log)).toEqual([1, 2]);
      });
    });

    describe('last position', () => {
      it('is 0 in an empty log', async () => {
        expect(await log.lastPosition()).toBe(0);
      });

      it('is that of the last event', async () => {
        await append(team(1));
        const [last] = await append(team(2, { accountId: 2 }));
        expect(await log.lastPosition()).toBe(last);
      });
    });

    describe('entry', () => {
      it.each(Object.keys(eventDefinitions) as EventType[])('gives %s back as it was appended', async (type) => {
        const events = fc.sample(anyDataOf(type), { numRuns: 5, seed: 1 }).map((data) => ({ ...envelope(type), data }));
        const before = Date.now();
        const positions = await append(...(events as unknown as NewEvent[]));
        expect(await all(log)).toEqual(
          events.map((event, index) => ({ ...event, position: positions[index], recordedAt: expect.any(Number) })),
        );
        for (const { recordedAt } of await all(log)) expect(Math.abs(recordedAt - before)).toBeLessThan(60_000);
      });

      it('carries the trace it was appended with', async () => {
        const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        await append(team(1, { traceparent }));
        expect(await all(log)).toMatchObject([{ traceparent }]);
      });
    });
  });
};
