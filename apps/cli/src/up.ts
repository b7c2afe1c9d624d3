/**
 * `hub up`: every app of the hub in one process, and a nats-server beside it unless NATS_URL names one.
 *
 * Apps start in the order in which events flow and stop the other way round: first nobody is let in, then what is under way
 * is finished, last the server that everything rests on.
 */
import { apiSettings, apiTokens, publicUrlOf, s3PlaceOf, startApi } from '@cablehub-apps/api';
import { gatewaySettings, startGateway } from '@cablehub-apps/gateway';
import { presenceSettings, startPresence } from '@cablehub-apps/presence';
import { projectorSettings, startProjector } from '@cablehub-apps/projector';
import type { readSettings } from '@cablehub/process';
import { createLogger, createMetrics, natsPlaceOf, processSettings, type RunningApp } from '@cablehub/process';
import { forgetRunningHub, isAlive, readRunningHub, writeRunningHub } from './data-dir.ts';
import { demoSignIn, loadDemoAccount } from './demo-account.ts';
import { Failure } from './failure.ts';
import { startLocalNats } from './local-nats.ts';
import { setUpStorage, storageSettings } from './set-up.ts';
import { welcome } from './welcome.ts';

export const hubSettings = {
  ...processSettings,
  ...apiSettings,
  ...gatewaySettings,
  ...presenceSettings,
  ...projectorSettings,
  ...storageSettings,
} as const;
export type HubSettings = ReturnType<typeof readSettings<typeof hubSettings>>;

export type UpOptions = { readonly demoAccount: boolean };

export type Hub = RunningApp & {
  readonly port: number;
  readonly apiPort: number;
  /** What to tell the person who started it. */
  readonly welcome: string;
};

export const startHub = async (settings: HubSettings, { demoAccount }: UpOptions): Promise<Hub> => {
  refuseSecond(settings.DATA_DIR);
  const tokens = await apiTokens(settings);
  publicUrlOf(settings);
  await s3PlaceOf(settings);
  const loggerOf = (app: string) => createLogger({ app, level: settings.LOG_LEVEL });
  const leave = (natsPid: number | null, natsUrl: string): void =>
    writeRunningHub(settings.DATA_DIR, { pid: process.pid, natsUrl, natsPid });
  const nats =
    settings.NATS_URL === undefined
      ? await startLocalNats({ dataDir: settings.DATA_DIR, logger: loggerOf('nats'), onStart: leave })
      : null;
  const natsUrl = settings.NATS_URL ?? nats!.url;
  if (nats === null) leave(null, natsUrl);

  const running: RunningApp[] = [];
  const stop = async (): Promise<void> => {
    try {
      for (const app of running.toReversed()) await app.stop();
    } finally {
      await nats?.stop();
      forgetRunningHub(settings.DATA_DIR);
    }
  };
  try {
    const metrics = createMetrics();
    const context = (app: string) => ({ logger: loggerOf(app), metrics });
    // The gateway and the api tell how this process is: a third port would say the same.
    const all = { ...settings, NATS_URL: natsUrl, HEALTH_PORT: undefined };
    await setUpStorage(all);
    const start = async <App extends RunningApp>(starting: Promise<App>): Promise<App> => {
      const app = await starting;
      running.push(app);
      return app;
    };
    await start(startProjector(all, context('projector')));
    await start(startPresence(all, context('presence')));
    const shown = { gatewayPort: null as number | null, hasDemo: false };
    const beside = { cablePort: () => shown.gatewayPort, demo: () => (shown.hasDemo ? demoSignIn : null) };
    const api = await start(startApi(all, context('api'), beside));
    const gateway = await start(startGateway(all, context('gateway')));
    shown.gatewayPort = gateway.port;
    const isLoaded = demoAccount && settings.NODE_ENV !== 'production' && (await loadDemoAccount(natsPlaceOf(all)));
    shown.hasDemo = isLoaded;
    return {
      stop,
      failed: Promise.race(running.flatMap(({ failed }) => (failed === undefined ? [] : [failed]))),
      port: gateway.port,
      apiPort: api.port,
      welcome: welcome({ ...all, PORT: gateway.port, API_PORT: api.port }, { tokens, hasDemoAccount: isLoaded }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const refuseSecond = (dataDir: string): void => {
  const last = readRunningHub(dataDir);
  if (last !== null && last.pid !== process.pid && isAlive(last.pid))
    throw new Failure(`a hub already runs in ${dataDir} (process ${last.pid}): stop it, or set another DATA_DIR`);
};
