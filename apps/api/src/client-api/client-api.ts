/**
 * The Client API: what a customer's own app or page calls. No account and no token: the secrets are the inbox's identifier and
 * the customer's source id. Any page may call it.
 */
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import { Refused } from '../compatible/refused.ts';
import { prepareScope } from '../compatible/scope.ts';
import { awaitViews, POSITION_HEADER } from '../compatible/views.ts';
import type { ApiServer } from '../server.ts';
import { contactRoutes } from './contacts.ts';
import { conversationRoutes } from './conversations.ts';
import { messageRoutes } from './messages.ts';
import type { ClientParts } from './parts.ts';

export const clientApi = async (
  app: ApiServer,
  parts: ClientParts & { readonly clientRateLimit: number },
): Promise<void> => {
  await app.register(
    async (scope: ApiServer) => {
      await prepareScope(scope, parts.uploads);
      await scope.register(cors, {
        origin: '*',
        methods: ['GET', 'POST', 'PATCH', 'PUT'],
        exposedHeaders: [POSITION_HEADER],
        maxAge: 86_400,
      });
      await scope.register(rateLimit, {
        max: parts.clientRateLimit,
        timeWindow: 1_000,
        keyGenerator: ({ ip, params }) => `${ip} ${(params as { inbox_identifier?: string }).inbox_identifier ?? ''}`,
        errorResponseBuilder: (_request, { max }) =>
          new Refused(429, { error: `an address may make ${max} requests a second to an inbox` }),
      });
      scope.addHook('preValidation', awaitViews(parts.views));
      contactRoutes(scope, parts);
      conversationRoutes(scope, parts);
      messageRoutes(scope, parts);
    },
    { prefix: '/public/api/v1/inboxes/:inbox_identifier' },
  );
};
