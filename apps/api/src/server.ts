/**
 * The HTTP server, wired from its parts: no NATS, no environment.
 *
 * Every answer that is not a success is a problem (problem.ts), whoever found it: a route, Fastify or Node.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { Claims, Counters, EventLog, Signals } from '@cablehub/log';
import type { ProcessContext } from '@cablehub/process';
import type { FollowedViews } from '@cablehub/projector';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { agentsApi } from './agents-api/agents-api.ts';
import { answerUnrouted, onError, onUnreadable } from './answers.ts';
import type { AttachmentsParts } from './attachments/parts.ts';
import { attachmentRoutes } from './attachments/routes.ts';
import { uploads } from './attachments/uploads.ts';
import { authenticate, callers } from './authentication.ts';
import { clientApi } from './client-api/client-api.ts';
import { onlineContacts } from './compatible/online.ts';
import { awaitViews } from './compatible/views.ts';
import { consoleRoutes, type ConsoleParts } from './console/routes.ts';
import { docsPolicy, documentRoutes } from './documents/routes.ts';
import { openApiOptions } from './documents/openapi.ts';
import { eventsRoute } from './events-route.ts';
import { executor } from './execution/executor.ts';
import { replaysHeard, type Replays } from './health/replays.ts';
import { watchRoutes } from './health/routes.ts';
import { healthRoutes } from './health-routes.ts';
import { apiMetrics } from './metrics.ts';
import { platformApi } from './platform-api/platform-api.ts';
import { presenceRoute } from './presence-route.ts';
import { Problem } from './problem.ts';
import { endConnectionsOnClose, observe, requestIdOf } from './requests.ts';
import type { ApiToken } from './settings.ts';
import { endSlowRequests, MOST_REQUEST_MS, PATIENCE, type Patience } from './slowness.ts';
import { mayLookBack, mayWatch } from './timeline/access.ts';
import { timelineRoutes } from './timeline/routes.ts';
import { typingRoute } from './typing-route.ts';
import { checkParts, refuseEncodedBodies } from './validation.ts';
import { webhookRoutes } from './webhooks/routes.ts';
import type { WebhookSecret } from './webhooks/signature.ts';

export type ApiParts = {
  readonly log: EventLog;
  /** This replica's own, which follow the log. */
  readonly views: FollowedViews;
  readonly counters: Counters;
  readonly claims: Claims;
  readonly attachments: AttachmentsParts;
  readonly signals: Pick<Signals, 'sendTyping' | 'askPresence'>;
  /** Whether NATS is there. */
  readonly isUp: () => boolean;
  readonly tokens: readonly ApiToken[];
  /** Requests a second for one token. */
  readonly rateLimit: number;
  /** Requests a second from one address to one inbox of the Client API. */
  readonly clientRateLimit: number;
  /** What webhooks are signed with; absent: they need no signature. */
  readonly webhookSecrets?: readonly WebhookSecret[];
  /** Proxies whose word is taken for a client's address. */
  readonly trustedProxies?: readonly string[];
  readonly console?: ConsoleParts;
  /** Where other processes of the hub tell what they measure. */
  readonly metricsUrls?: readonly string[];
  /** The replays that this process hears of. */
  readonly replays?: Replays;
  /** With senders whose bodies do not come. */
  readonly patience?: Patience;
  readonly context: ProcessContext;
};

export type ApiServer = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** A body larger than this is refused unread. */
export const MAX_BODY_BYTES = 1_048_576;
/** The head of a request must have arrived within this time. */
const HEADERS_TIMEOUT_MS = 30_000;

export const buildServer = async (parts: ApiParts): Promise<ApiServer> => {
  const { context, trustedProxies = [] } = parts;
  const metrics = apiMetrics(context.metrics);
  const app: ApiServer = Fastify({
    loggerInstance: context.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestIdOf,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: MOST_REQUEST_MS,
    // What is in flight when the api stops is answered as ever.
    return503OnClosing: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
    clientErrorHandler: onUnreadable,
  }).withTypeProvider<ZodTypeProvider>();

  app.server.headersTimeout = HEADERS_TIMEOUT_MS;
  app.setValidatorCompiler(checkParts);
  // Answers are typed where they are made; their schemas are documentation.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler(onError);
  app.decorateRequest('caller', null);
  observe(app, metrics);
  endConnectionsOnClose(app);
  endSlowRequests(app, parts.patience ?? PATIENCE);
  answerUnrouted(app);
  await app.register(swagger, openApiOptions());
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: docsPolicy });

  const findCaller = callers(parts.tokens);
  const onAppended = (type: string): void => metrics.events.inc({ type });
  const serving = {
    ...parts,
    findCaller,
    execute: executor({ ...parts, onAppended }),
    uploads: uploads(parts.attachments),
    findOnline: onlineContacts(parts.signals),
  };
  const isReady = (): boolean => parts.views.hasCaughtUp();
  healthRoutes(app, { isUp: parts.isUp, isReady, registry: context.metrics });
  documentRoutes(app);
  await app.register(
    async (account) => {
      account.addHook('onRequest', authenticate(findCaller));
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
  await app.register(
    async (account) => {
      account.addHook('onRequest', awaitViews(parts.views));
      account.addHook('onRequest', mayLookBack(parts.views, findCaller));
      timelineRoutes(account, parts);
    },
    { prefix: '/v1/accounts/:account_id' },
  );
  await app.register(
    async (watching) => {
      watching.addHook('onRequest', awaitViews(parts.views));
      watching.addHook('onRequest', mayWatch(parts.views, findCaller));
      const { metricsUrls = [], replays = replaysHeard() } = parts;
      watchRoutes(watching, { registry: context.metrics, metricsUrls, replays });
    },
    { prefix: '/v1' },
  );
  await webhookRoutes(app, serving);
  await clientApi(app, serving);
  await agentsApi(app, serving);
  await platformApi(app, serving);
  attachmentRoutes(app, parts.attachments);
  await consoleRoutes(app, parts.console ?? {});
  await app.ready();
  return app;
};
