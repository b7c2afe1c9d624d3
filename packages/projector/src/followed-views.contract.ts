/** What views of one's own promise to whoever answers requests from them, whichever thread folds them. */
import { writeFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { positionOf, type Position } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import type { EventLog } from '@cablehub/log';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isThere } from './database.ts';
import type { FollowedViews } from './follow.ts';
import type { ViewFiles } from './view-files.ts';

export type FollowedPlace = {
  /** Empty at first. */
  readonly log: EventLog;
  readonly files: ViewFiles;
  readonly follow: (signal: AbortSignal) => Promise<FollowedViews>;
  readonly close: () => Promise<void>;
};

const WITHIN = 20_000;
const ACCOUNT = 1 as never;

export const describeFollowedViews = (name: string, open: () => Promise<FollowedPlace>): void => {
  describe(`views of one’s own, folded by ${name}`, () => {
    let place: FollowedPlace;
    let stops: (() => Promise<void>)[];
    let made: number;

    beforeEach(async () => {
      place = await open();
      stops = [];
      made = 0;
    });
    afterEach(async () => {
      for (const stop of stops) await stop();
      await place.close();
    });

    const follow = async () => {
      const ending = new AbortController();
      const views = await place.follow(ending.signal);
      const stop = async (): Promise<void> => {
        ending.abort();
        await views.ended;
      };
      stops.push(stop);
      return { views, stop };
    };
    /** Each event makes a team, so that there are as many as the position says. */
    const append = async (count: number): Promise<Position> => {
      const events = Array.from({ length: count }, () =>
        newEvent('team.created', { id: ++made, name: `team ${made}` }),
      );
      const results = await place.log.append(events.map((event) => ({ event })));
      return positionOf(Math.max(...results.map((result) => (result.ok ? result.position : 0))));
    };
    const teamsIn = (views: FollowedViews): number => views.reading().teamsOf(ACCOUNT).length;
    const comeTo = async (views: FollowedViews, position: Position): Promise<void> =>
      expect(await views.waitFor(position, WITHIN)).toBe(true);

    it('show an event to whoever waited for it', async () => {
      const { views } = await follow();
      for (let count = 1; count <= 20; count++) {
        await comeTo(views, await append(1));
        expect(teamsIn(views)).toBe(count);
        expect(views.position()).toBe(count);
      }
    });

    it('are true for one position within a turn', async () => {
      const { views } = await follow();
      const appended = (async () => {
        for (let burst = 0; burst < 20; burst++) await append(25);
      })();
      await comeTo(views, positionOf(1));
      for (let teams = 0; teams < 500; await turn()) {
        teams = teamsIn(views);
        expect(teams).toBe(views.reading().checkpoint());
        expect(teams).toBeGreaterThanOrEqual(views.position());
      }
      await appended;
    });

    it('have caught up when they are where the log ended', async () => {
      const end = await append(300);
      const { views } = await follow();
      await comeTo(views, end);
      expect(views.hasCaughtUp()).toBe(true);
    });

    it('have caught up with an empty log', async () => {
      const { views } = await follow();
      await vi.waitFor(() => expect(views.hasCaughtUp()).toBe(true), WITHIN);
    });

    it('begin anew with a file that is damaged', async () => {
      const first = await follow();
      await comeTo(first.views, await append(3));
      await first.stop();
      writeFileSync(place.files.live, 'no database at all, and long enough to see it '.repeat(50));
      const { views } = await follow();
      await comeTo(views, positionOf(3));
      expect(teamsIn(views)).toBe(3);
    });

    it('end those who wait when they are ended, and cannot be read any more', async () => {
      const { views, stop } = await follow();
      await comeTo(views, await append(1));
      const wait = views.waitFor(positionOf(2), WITHIN);
      await stop();
      expect(await wait).toBe(false);
      expect(await views.waitFor(positionOf(2), WITHIN)).toBe(false);
      expect(() => views.reading()).toThrow('not any more');
    });

    it('leave a single file', async () => {
      const { views, stop } = await follow();
      await comeTo(views, await append(3));
      expect(teamsIn(views)).toBe(3);
      await stop();
      expect(isThere(`${place.files.live}-wal`)).toBe(false);
    });
  });
};
