/**
 * Answers from this replica's views, with the position they were read at; and what a caller has seen elsewhere is waited for.
 *
 * An answer's `X-Hub-Position`, sent with the next request to whatever replica, makes that one answer from there or later.
 */
import { positionOf } from '@cablehub/events';
import type { FollowedViews, Reading } from '@cablehub/projector';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { unavailable, Problem } from '../problem.ts';
import { VIEWS_LIMIT_MS } from '../execution/executor.ts';

export const POSITION_HEADER = 'x-hub-position';

/** The views as they are now; the answer says where they are. To be read at once. */
export const viewsFor = (views: FollowedViews, reply: FastifyReply): Reading => {
  const reading = views.reading();
  reply.header(POSITION_HEADER, String(reading.checkpoint()));
  return reading;
};

/** A hook: the views must have caught up, and be where the caller has been. Problems: `bad_request`, `unavailable`. */
export const awaitViews =
  (views: FollowedViews) =>
  async ({ headers }: FastifyRequest): Promise<void> => {
    if (!views.hasCaughtUp()) throw unavailable('this replica is still catching up with the log');
    const seen = headers[POSITION_HEADER];
    if (seen === undefined) return;
    const position = Number(seen);
    if (!/^\d{1,16}$/.test(String(seen)) || !Number.isSafeInteger(position))
      throw new Problem('bad_request', 'X-Hub-Position must be a whole number, as an answer gave it');
    if (!(await views.waitFor(positionOf(position), VIEWS_LIMIT_MS)))
      throw unavailable(`this replica's views are not at position ${position} yet`);
  };
