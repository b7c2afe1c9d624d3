/** What every request has: an id, a measure and a log line. No header, body or path of a client is ever logged. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiMetrics } from './metrics.ts';

/** The client's `X-Request-Id` when it can be shown as it is, else one of ours. */
export const requestIdOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._:/+=-]{1,128}$/.test(given) ? given : randomUUID();
};

/** The trace a request belongs to (W3C `traceparent`), when the header is one. */
export const traceparentOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined => {
  const given = headers['traceparent'];
  const valid = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
  return typeof given === 'string' && valid.test(given) ? given : undefined;
};

export const observe = (app: FastifyInstance, metrics: ApiMetrics): void => {
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    const status = reply.statusCode;
    metrics.requests.inc({ route, method, status });
    const line = {
      account_id: accountOf(request),
      method,
      route,
      status,
      duration_ms: Math.round(reply.elapsedTime * 100) / 100,
    };
    // Whoever watches over the hub asks for these all the time.
    if (/^\/(health|metrics)/.test(route)) request.log.debug(line, 'request');
    else request.log.info(line, 'request');
  });
};

/** Once the server closes, each answer ends its connection: one that a client kept open would keep the server open. */
export const endConnectionsOnClose = (app: FastifyInstance): void => {
  let closing = false;
  app.addHook('preClose', async () => void (closing = true));
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
};

const accountOf = ({ params }: FastifyRequest): number | undefined => {
  const { account_id: account } = (params ?? {}) as { readonly account_id?: unknown };
  return typeof account === 'string' || typeof account === 'number' ? Number(account) || undefined : undefined;
};
