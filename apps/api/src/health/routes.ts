/** `GET /v1/health/series` and `/v1/health/replays`: the last ten minutes, as the hub measured them and as replays told. */
import type { Registry } from '@cablehub/process';
import { z } from 'zod';
import type { ApiServer } from '../server.ts';
import { healthPoint } from './measures.ts';
import { replayNow, type Replays } from './replays.ts';
import { healthSeries } from './series.ts';

export type WatchParts = {
  readonly registry: Registry;
  readonly metricsUrls: readonly string[];
  readonly replays: Replays;
};

export const watchRoutes = (app: ApiServer, { registry, metricsUrls, replays }: WatchParts): void => {
  const series = healthSeries(registry, metricsUrls);
  app.addHook('onClose', async () => series.stop());

  app.get(
    '/health/series',
    {
      schema: {
        summary: 'What the hub measured of itself, a point every two seconds.',
        description: 'Of this process, and of those that METRICS_URLS names. Null: not known.',
        tags: ['health'],
        querystring: z.object({
          after: z
            .string()
            .regex(/^\d{1,15}$/, 'must be Unix ms')
            .transform(Number)
            .optional()
            .describe('only points after this time: Unix ms'),
        }),
        response: { 200: z.array(healthPoint).describe('Oldest first.') },
      },
      config: { problems: ['invalid'] },
    },
    async (request) => [...series.after(request.query.after ?? 0)],
  );

  app.get(
    '/health/replays',
    {
      schema: {
        summary: 'How far replays are, and how those of the last ten minutes ended.',
        description: 'As far as this process has heard of them.',
        tags: ['health'],
        response: { 200: z.array(replayNow).describe('Newest first.') },
      },
    },
    async () => [...replays.list()],
  );
};
