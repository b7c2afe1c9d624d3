/** `GET /v1/health/series`: the last ten minutes of the hub's own measurements. */
import type { Registry } from '@cablehub/process';
import { z } from 'zod';
import type { ApiServer } from '../server.ts';
import { healthPoint } from './measures.ts';
import { healthSeries } from './series.ts';

export type SeriesParts = { readonly registry: Registry; readonly metricsUrls: readonly string[] };

export const seriesRoute = (app: ApiServer, { registry, metricsUrls }: SeriesParts): void => {
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
};
