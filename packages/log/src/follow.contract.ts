/** The part of the log's contract that is about following. */
import { positionOf, type NewEvent } from '@cablehub/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contact, follow, positionsOf, team, type OpenLog } from './log.fixture.ts';
import type { EventLog } from './log.ts';

export const describeFollowing = (name: string, open: () => Promise<OpenLog>): void => {
  describe(`following the ${name} log`, () => {
    let log: EventLog;
    let close: () => Promise<void>;

    beforeEach(async () => ({ log, close } = await open()));
    afterEach(async () => close());

    const append = async (...events: readonly NewEvent[]): Promise<readonly number[]> =>
      positionsOf(await log.append(events.map((event) => ({ event }))));

    it('yields what is there, then what comes, in order and without a hole', async () => {
      const before = await append(team(1), team(2));
      const follower = follow(log);
      await follower.until(2);
      const later = [...(await append(team(3))), ...(await append(team(4), team(5)))];
      await follower.until(5);
      expect(await follower.end()).toEqual([...before, ...later]);
    });

    it('loses nothing that is appended while it starts', async () => {
      const follower = follow(log);
      const appended: number[] = [];
      for (let id = 1; id <= 50; id++) appended.push(...(await append(team(id))));
      await follower.until(50);
      expect(await follower.end()).toEqual(appended);
    });

    it('begins after a position', async () => {
      const [, second, third] = await append(team(1), team(2), team(3));
      const follower = follow(log, { after: positionOf(second ?? 0) });
      await follower.until(1);
      const [fourth] = await append(team(4));
      await follower.until(2);
      expect(await follower.end()).toEqual([third, fourth]);
    });

    it('yields batches of at most maxBatch, never an empty one', async () => {
      await append(...Array.from({ length: 25 }, (_, index) => team(index + 1)));
      const follower = follow(log, { maxBatch: 10 });
      await follower.until(25);
      await append(team(26));
      await follower.until(26);
      await follower.end();
      expect(Math.max(...follower.sizes)).toBeLessThanOrEqual(10);
      expect(Math.min(...follower.sizes)).toBeGreaterThan(0);
    });

    it('gathers what has arrived into one batch', async () => {
      await append(...Array.from({ length: 40 }, (_, index) => team(index + 1)));
      const follower = follow(log);
      await follower.until(40);
      await follower.end();
      expect(follower.sizes.length).toBeLessThan(40);
    });

    it('keeps to a filter', async () => {
      const [, first] = await append(contact(1), team(2));
      const follower = follow(log, { filter: { entity: 'team' } });
      await follower.until(1);
      const [, second] = await append(contact(3), team(4));
      await follower.until(2);
      expect(await follower.end()).toEqual([first, second]);
    });

    it('lets each follower go at its own pace', async () => {
      const appended = await append(team(1), team(2), team(3));
      const [one, other] = [follow(log), follow(log, { maxBatch: 1 })];
      await Promise.all([one.until(3), other.until(3)]);
      expect(await one.end()).toEqual(appended);
      expect(await other.end()).toEqual(appended);
    });

    it('ends on its signal while nothing comes', async () => {
      await append(team(1));
      const follower = follow(log);
      await follower.until(1);
      await follower.end();
      await append(team(2));
      expect(follower.positions).toHaveLength(1);
    });

    it('ends on its signal in an empty log', async () => {
      const follower = follow(log);
      expect(await follower.end()).toEqual([]);
    });

    it('yields no batch after its signal', async () => {
      await append(team(1), team(2), team(3));
      const ending = new AbortController();
      const sizes: number[] = [];
      for await (const batch of log.follow({ signal: ending.signal, maxBatch: 1 })) {
        sizes.push(batch.length);
        ending.abort();
      }
      expect(sizes).toEqual([1]);
    });

    it('yields nothing when its signal came before it', async () => {
      await append(team(1));
      const batches: unknown[] = [];
      for await (const batch of log.follow({ signal: AbortSignal.abort() })) batches.push(batch);
      expect(batches).toEqual([]);
    });
  });
};
