/** The api on NATS: starts it, and stops it in order. */
import type { AddressInfo } from 'node:net';
import { connectNats, jetStreamLog, natsSignals, storageReady, type NatsLink } from '@cablehub/log';
import { natsPlaceOf, type ProcessContext, type RunningApp } from '@cablehub/process';
import { buildServer, type ApiServer } from './server.ts';
import { apiTokens, type ApiSettings } from './settings.ts';

export type RunningApi = RunningApp & {
  /** Where it listens: the system's choice when `API_PORT` is 0. */
  readonly port: number;
};

/**
 * Waits for the log to be set up before it listens. Faults: SettingsError; those of `connectNats` when NATS is not there at the
 * start. A later loss is answered with 503.
 */
export const startApi = async (settings: ApiSettings, context: ProcessContext): Promise<RunningApi> => {
  const place = natsPlaceOf(settings);
  const tokens = await apiTokens(settings);
  const link = await connectNats({ ...place, name: 'cablehub-api' });
  try {
    await storageReady(link, 'api', (reason, cause) => context.logger.warn({ err: cause }, `waiting: ${reason}`));
    const app = await buildServer({
      log: jetStreamLog(link),
      signals: natsSignals(link),
      isUp: link.isUp,
      tokens,
      rateLimit: settings.API_RATE_LIMIT,
      context,
    });
    await app.listen({ port: settings.API_PORT, host: settings.HOST });
    const { port } = app.server.address() as AddressInfo;
    let stopped: Promise<void> | undefined;
    return { port, stop: () => (stopped ??= stop(app, link)) };
  } catch (error) {
    await link.close();
    throw error;
  }
};

/** Requests in flight are answered first: they need NATS. */
const stop = async (app: ApiServer, link: NatsLink): Promise<void> => {
  await app.close();
  await link.close();
};
