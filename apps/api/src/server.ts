/**
 * The HTTP server, wired from its parts: no NATS, no environment.
 *
 * Every answer that is not a success is a problem (problem.ts), whoever found it: a route, Fastify or Node.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { EventLog, Signals } from '@cablehub/log';
import type { ProcessContext } from '@cablehub/process';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { answerUnrouted, onError, onUnreadable } from './answers.ts';
import { authenticate, callers } from './authentication.ts';
import { documentRoutes } from './documents/routes.ts';
import { openApiOptions } from './documents/openapi.ts';
import { eventsRoute } from './events-route.ts';
import { healthRoutes } from './health-routes.ts';
import { apiMetrics } from './metrics.ts';
import { presenceRoute } from './presence-route.ts';
import { Problem } from './problem.ts';
import { endConnectionsOnClose, observe, requestIdOf } from './requests.ts';
import type { ApiToken } from './settings.ts';
import { typingRoute } from './typing-route.ts';
import { checkParts, refuseEncodedBodies } from './validation.ts';

export type ApiParts = {
  readonly log: Pick<EventLog, 'append'>;
  readonly signals: Pick<Signals, 'sendTyping' | 'askPresence'>;
  /** Whether NATS is there. */
  readonly isUp: () => boolean;
  readonly tokens: readonly ApiToken[];
  /** Requests a second for one token. */
  readonly rateLimit: number;
  readonly context: ProcessContext;
};

export type ApiServer = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** A body larger than this is refused unread. */
export const MAX_BODY_BYTES = 1_048_576;
/** A request must have arrived whole within this time. */
const REQUEST_TIMEOUT_MS = 30_000;

export const buildServer = async (parts: ApiParts): Promise<ApiServer> => {
  const { context } = parts;
  const metrics = apiMetrics(context.metrics);
  const app: ApiServer = Fastify({
    loggerInstance: context.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestIdOf,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // What is in flight when the api stops is answered as ever.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
    clientErrorHandler: onUnreadable,
  }).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(checkParts);
  // Answers are typed where they are made; their schemas are documentation.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler(onError);
  app.decorateRequest('caller', null);
  observe(app, metrics);
  endConnectionsOnClose(app);
  answerUnrouted(app);
  await app.register(swagger, openApiOptions());

  healthRoutes(app, { isUp: parts.isUp, registry: context.metrics });
  documentRoutes(app);
  await app.register(
    async (account) => {
      account.addHook('onRequest', authenticate(callers(parts.tokens)));
      account.addHook('onRequest', refuseEncodedBodies);
      await account.register(rateLimit, {
        max: parts.rateLimit,
        timeWindow: 1_000,
        keyGenerator: (request) => request.caller?.key ?? request.ip,
        errorResponseBuilder: (_request, { max }) =>
          new Problem('too_many_requests', `a token may make ${max} requests a second`),
      });
      eventsRoute(account, { ...parts, metrics });
      typingRoute(account, parts);
      presenceRoute(account, parts);
    },
    { prefix: '/v1/accounts/:account_id' },
  );
  await app.ready();
  return app;
};
