/**
 * How a process without sockets of its own is, over HTTP: `GET /health/live`, `GET /health/ready` and `GET /metrics`, as the
 * gateway and the api answer them.
 *
 * Open to all who can reach it; what it says names no account. Live is whether a restart would help not: the process turns
 * and its work has not ended. Ready is whether it does its part, and a replica that stands by does.
 */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from './metrics.ts';

export type Health = {
  readonly isLive: boolean;
  readonly isReady: boolean;
  /** What it does, in words, and numbers that say how far it is; shown in the answer. */
  readonly state: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
};

export type HealthOptions = {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly metrics: Registry;
  /** Asked at each request; must not wait for anything. */
  readonly health: () => Health;
};

export type HealthServer = {
  readonly port: number;
  readonly stop: () => Promise<void>;
};

/** The process cannot listen where it should. */
export class HealthFault extends Error {
  readonly code = 'cannot_listen';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HealthFault';
  }
}

/** Answers from now on. Faults: HealthFault when the port is taken. */
export const serveHealth = async ({ host, port, metrics, health }: HealthOptions): Promise<HealthServer> => {
  const server = createServer(answer(metrics, health));
  server.listen(port, host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new HealthFault(`cannot listen on ${host}:${port} for health (HEALTH_PORT)`, { cause });
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

export type HealthReport = {
  /** From now on this is the answer; before, that the process is starting: live, and not ready. */
  readonly tell: (health: () => Health) => void;
  readonly stop: () => Promise<void>;
};

const starting = (): Health => ({ isLive: true, isReady: false, state: 'starting' });

/** The health of an app where its settings want it; nowhere without `HEALTH_PORT`. Faults: HealthFault. */
export const openHealth = async (
  settings: { readonly HOST?: string | undefined; readonly HEALTH_PORT?: number | undefined },
  metrics: Registry,
): Promise<HealthReport> => {
  const { HOST: host = '0.0.0.0', HEALTH_PORT: port } = settings;
  let health = starting;
  const server = port === undefined ? null : await serveHealth({ host, port, metrics, health: () => health() });
  return {
    tell: (next) => (health = next),
    stop: async () => server?.stop(),
  };
};

type Answer = readonly [status: number, type: string, body: string];

const answer =
  (metrics: Registry, health: () => Health): RequestListener =>
  (request, response) => {
    const send = ([status, type, body]: Answer): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    };
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const answerOf = isRead ? routes[request.url?.split('?')[0] ?? ''] : undefined;
    if (answerOf === undefined) return send([404, 'application/json', '{"status":"not found"}']);
    Promise.resolve(answerOf(metrics, health)).then(send, () => send([500, 'text/plain', 'failed']));
  };

const routes: Readonly<Record<string, (metrics: Registry, health: () => Health) => Answer | Promise<Answer>>> = {
  '/health/live': (_metrics, health) => told(health(), 'isLive'),
  '/health/ready': (_metrics, health) => told(health(), 'isReady'),
  '/metrics': async (metrics) => [200, metrics.contentType, await metrics.metrics()],
};

const told = (health: Health, asked: 'isLive' | 'isReady'): Answer => {
  const { state, details } = health;
  const body = JSON.stringify({ status: health[asked] ? 'ok' : 'unavailable', state, ...details });
  return [health[asked] ? 200 : 503, 'application/json', body];
};
