/** The hub's processes, as they are shipped: a nats-server, and of the apps those that a scenario needs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats, ensureStorage, startNatsServer, type NatsLink, type NatsServer } from '@cablehub/log';
import { freePort } from './ports.ts';
import { startProgram, type Program } from './program.ts';
import type { Watched } from './usage.ts';

export type AppName = 'gateway' | 'projector' | 'presence' | 'api';

export type HubOptions = {
  readonly folder: string;
  /** How many of each app; none of those that are not named. */
  readonly apps: Readonly<Partial<Record<AppName, number>>>;
  /** Beside what the apps need to find each other. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Arguments of Node for every app. */
  readonly nodeArgs?: readonly string[];
};

export type App = Program & { readonly port: number };

export type Hub = {
  readonly nats: NatsServer;
  readonly natsWatched: Watched;
  /** A connection with all rights. */
  readonly link: NatsLink;
  readonly apps: (name: AppName) => readonly App[];
  /** Starts more of an app. */
  readonly start: (name: AppName) => Promise<App>;
  /** What can be asked over HTTP of the first api. */
  readonly apiUrl: () => string;
  readonly stop: () => Promise<void>;
};

export const API_TOKEN = 'bench-api-token-0123456789';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** A projector is ready once it has folded what it need not tell, which takes a minute or two when there is a million of it. */
const READY_MS = 300_000;
const POLL_MS = 20;

export const startHub = async ({ folder, apps: wanted, environment = {}, nodeArgs = [] }: HubOptions): Promise<Hub> => {
  const nats = await startNatsServer({ dataDir: join(folder, 'nats') });
  const link = await connectNats({ url: nats.url, name: 'cablehub-bench' });
  await ensureStorage(link);
  const started: { readonly name: AppName; readonly app: App }[] = [];

  const start = async (name: AppName): Promise<App> => {
    const dataDir = join(folder, `${name}-${started.length}`);
    mkdirSync(dataDir, { recursive: true });
    const port = await freePort();
    const program = startProgram({
      name,
      file: join(root, 'apps', name, 'dist/main.js'),
      nodeArgs,
      environment: {
        HOST: '127.0.0.1',
        NATS_URL: nats.url,
        DATA_DIR: dataDir,
        [name === 'gateway' ? 'PORT' : name === 'api' ? 'API_PORT' : 'HEALTH_PORT']: String(port),
        API_TOKENS: API_TOKEN,
        API_RATE_LIMIT: '1000000',
        LOG_LEVEL: 'warn',
        ...environment,
      },
    });
    const app = { ...program, port };
    started.push({ name, app });
    await ready(app);
    return app;
  };
  for (const [name, count] of Object.entries(wanted) as [AppName, number][])
    for (let index = 0; index < count; index++) await start(name);

  const apps = (name: AppName): readonly App[] => started.filter((one) => one.name === name).map(({ app }) => app);
  return {
    nats,
    natsWatched: { name: 'nats-server', pid: nats.pid },
    link,
    apps,
    start,
    apiUrl: () => `http://127.0.0.1:${apps('api')[0]?.port}`,
    stop: async () => {
      await Promise.all(started.map(({ app }) => app.stop()));
      await link.close();
      await nats.stop();
    },
  };
};

const ready = async (app: App): Promise<void> => {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    if (app.child.exitCode !== null) break;
    const signal = AbortSignal.timeout(1_000);
    const isReady = await fetch(`http://127.0.0.1:${app.port}/health/ready`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await pause(POLL_MS);
  }
  throw new Error(`${app.name} did not become ready\n${app.lastWords()}`);
};
