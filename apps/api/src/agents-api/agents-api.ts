/** The agents' API: what an agent's app calls, with the user's own token. */
import rateLimit from '@fastify/rate-limit';
import { Refused } from '../compatible/refused.ts';
import { prepareScope } from '../compatible/scope.ts';
import { awaitViews } from '../compatible/views.ts';
import type { ApiServer } from '../server.ts';
import { identify, type AgentsParts } from './access.ts';
import { agentRoutes } from './agents.ts';
import { contactRoutes } from './contacts.ts';
import { conversationActionRoutes } from './conversation-actions.ts';
import { conversationRoutes } from './conversations.ts';
import { inboxRoutes, memberRoutes } from './inboxes.ts';
import { messageRoutes } from './messages.ts';
import { profileRoutes } from './profile.ts';

export const agentsApi = async (app: ApiServer, parts: AgentsParts & { readonly rateLimit: number }): Promise<void> => {
  app.decorateRequest('accessTokenHash', null);
  await app.register(
    async (scope: ApiServer) => {
      await prepareScope(scope, parts.uploads);
      scope.addHook('onRequest', awaitViews(parts.views));
      scope.addHook('onRequest', identify(parts.views));
      await scope.register(rateLimit, {
        max: parts.rateLimit,
        timeWindow: 1_000,
        keyGenerator: ({ accessTokenHash, ip }) => accessTokenHash ?? ip,
        errorResponseBuilder: (_request, { max }) =>
          new Refused(429, { error: `a token may make ${max} requests a second` }),
      });
      profileRoutes(scope, parts);
      await scope.register(
        async (account: ApiServer) => {
          conversationRoutes(account, parts);
          conversationActionRoutes(account, parts);
          messageRoutes(account, parts);
          contactRoutes(account, parts);
          agentRoutes(account, parts);
          inboxRoutes(account, parts);
          memberRoutes(account, parts);
        },
        { prefix: '/accounts/:account_id' },
      );
    },
    { prefix: '/api/v1' },
  );
};
