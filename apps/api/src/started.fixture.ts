/** An api on NATS, started as its process would start it. */
import { createMetrics, readSettings } from '@cablehub/process';
import { pino, type Logger } from 'pino';
import { expect, vi } from 'vitest';
import { startApi, type RunningApi } from './api.ts';
import { apiSettings } from './settings.ts';

export type Environment = Readonly<Record<string, string>>;

/** Resolves when it can serve requests: before, its views may still be catching up, and it says 503. Faults: those of `startApi`. */
export const startedApi = async (
  environment: Environment,
  logger: Logger = pino({ level: 'silent' }),
): Promise<RunningApi> => {
  const api = await startApi(readSettings(apiSettings, environment), { logger, metrics: createMetrics() });
  await becomesReady(api);
  return api;
};

export const becomesReady = ({ port }: Pick<RunningApi, 'port'>): Promise<void> =>
  vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200), {
    timeout: 10_000,
  });
