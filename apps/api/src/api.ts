/** The api on NATS: starts it, and stops it in order. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  attachmentsKey,
  connectNats,
  jetStreamAttachments,
  jetStreamClaims,
  jetStreamCounters,
  jetStreamLog,
  natsSignals,
  storageReady,
  type NatsLink,
} from '@cablehub/log';
import { natsPlaceOf, type ProcessContext, type RunningApp } from '@cablehub/process';
import { followViewsInThread, viewFilesIn } from '@cablehub/projector';
import type { openBucket } from './attachments/s3/opening.ts';
import { s3PlaceOf } from './attachments/s3/place.ts';
import { keepSweeping } from './attachments/sweeping.ts';
import type { ConsoleParts } from './console/routes.ts';
import { replaysHeard } from './health/replays.ts';
import { buildServer, type ApiServer } from './server.ts';
import { apiTokens, publicUrlOf, type ApiSettings } from './settings.ts';

export type RunningApi = RunningApp & {
  /** Where it listens: the system's choice when `API_PORT` is 0. */
  readonly port: number;
};

/** What a process knows that runs more than the api: where its gateway listens, and who is signed in to look around. */
export type Beside = Pick<ConsoleParts, 'cablePort' | 'demo'>;

/**
 * Waits for the log to be set up before it listens. Faults: SettingsError; those of `connectNats` when NATS is not there at the
 * start. A later loss is answered with 503.
 */
export const startApi = async (
  settings: ApiSettings,
  context: ProcessContext,
  beside: Beside = {},
): Promise<RunningApi> => {
  const publicUrl = publicUrlOf(settings);
  const tokens = await apiTokens(settings);
  const s3Place = await s3PlaceOf(settings);
  const nats = { ...natsPlaceOf(settings), name: 'cablehub-api' };
  const link = await connectNats(nats);
  const ending = new AbortController();
  const warn = (fault: unknown, what: string): void => context.logger.warn({ err: fault }, what);
  try {
    await storageReady(link, 'api', (reason, cause) => warn(cause, `waiting: ${reason}`));
    const log = jetStreamLog(link);
    const signals = natsSignals(link);
    const replays = replaysHeard();
    await signals.hearReplays(replays.hear);
    const views = await followViewsInThread({
      nats,
      files: viewFilesIn(join(settings.DATA_DIR, 'api')),
      signal: ending.signal,
      onFault: (fault) => warn(fault, 'the views could not go on, or began anew'),
    });
    const bucket = s3Place === null ? null : await opened(s3Place, (fault) => warn(fault, 'files cannot be reached'));
    const files = bucket?.files ?? (await jetStreamAttachments(link));
    const app = await buildServer({
      log,
      views,
      counters: await jetStreamCounters(link),
      claims: await jetStreamClaims(link),
      attachments: {
        files,
        key: await attachmentsKey(link),
        maxBytes: settings.ATTACHMENT_MAX_BYTES,
        publicUrl,
      },
      signals,
      isUp: link.isUp,
      tokens,
      rateLimit: settings.API_RATE_LIMIT,
      clientRateLimit: settings.CLIENT_RATE_LIMIT,
      trustedProxies: settings.TRUSTED_PROXIES,
      webhookSecrets: settings.WEBHOOK_SECRETS,
      console: { ...beside, cableUrl: settings.CABLE_URL },
      metricsUrls: settings.METRICS_URLS,
      replays,
      context,
    });
    const sweeping = keepSweeping(
      { files, log, views },
      {
        signal: ending.signal,
        onRemoved: (keys) => context.logger.info({ files: keys.length }, 'removed files that no message has'),
        onFault: (fault) => warn(fault, 'files without a message could not be looked for'),
      },
    );
    await app.listen({ port: settings.API_PORT, host: settings.HOST });
    const { port } = app.server.address() as AddressInfo;
    let stopped: Promise<void> | undefined;
    const end = async (): Promise<void> => {
      ending.abort();
      await Promise.all([views.ended, sweeping]);
      bucket?.close();
    };
    return { port, failed: views.failed, stop: () => (stopped ??= stop({ app, end, link })) };
  } catch (error) {
    ending.abort();
    await link.close();
    throw error;
  }
};

/** What S3 takes is loaded by those alone who keep files there. */
const opened: typeof openBucket = async (...place) =>
  (await import('./attachments/s3/opening.ts')).openBucket(...place);

type Stopping = { readonly app: ApiServer; readonly end: () => Promise<void>; readonly link: NatsLink };

/** Requests in flight are answered first: they need the views, and NATS. */
const stop = async ({ app, end, link }: Stopping): Promise<void> => {
  await app.close();
  await end();
  await link.close();
};
