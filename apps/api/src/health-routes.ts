/** How the api is, for whoever watches over it. Open to all who can reach it; tells nothing about any account. */
import type { Registry } from '@cablehub/process';
import { z } from 'zod';
import { unavailable } from './problem.ts';
import type { ApiServer } from './server.ts';

const healthy = z.object({ status: z.literal('ok') });

export type HealthParts = {
  readonly isUp: () => boolean;
  /** Whether the views have caught up with what the log held at the start. */
  readonly isReady: () => boolean;
  readonly registry: Registry;
};

export const healthRoutes = (app: ApiServer, { isUp, isReady, registry }: HealthParts): void => {
  const tags = ['health'];

  app.get(
    '/health/live',
    { schema: { summary: 'Whether the process answers.', tags, response: { 200: healthy.describe('It does.') } } },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/health/ready',
    {
      schema: { summary: 'Whether requests can be served.', tags, response: { 200: healthy.describe('They can.') } },
      config: { problems: ['unavailable'] },
    },
    async () => {
      if (!isUp()) throw unavailable('NATS is away');
      if (!isReady()) throw unavailable('the views are still catching up with the log');
      return { status: 'ok' as const };
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        summary: 'What the process measures, for Prometheus.',
        tags,
        response: { 200: { description: 'Every metric.', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const text = await registry.metrics();
      return reply
        .type(registry.contentType)
        .serializer((metrics: string) => metrics)
        .send(text);
    },
  );
};
