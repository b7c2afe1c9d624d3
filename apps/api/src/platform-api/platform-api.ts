/** The platform API: accounts and users from nothing, with one of the hub's own API tokens. */
import rateLimit from '@fastify/rate-limit';
import type { AccountId, UserId } from '@cablehub/events';
import { addAgent, createAccount, createUser } from '@cablehub/commands';
import type { FollowedViews } from '@cablehub/projector';
import { z } from 'zod';
import { tokenIn } from '../agents-api/access.ts';
import type { FindCaller } from '../authentication.ts';
import { carriedOut, there } from '../compatible/answering.ts';
import { Refused, unauthorized } from '../compatible/refused.ts';
import { prepareScope } from '../compatible/scope.ts';
import { id, name, optional, pathId, text, url } from '../compatible/schemas.ts';
import { agentShape, agentView } from '../compatible/shapes/people.ts';
import { awaitViews, viewsFor } from '../compatible/views.ts';
import type { Execute } from '../execution/executor.ts';
import { hashOf, randomSecret } from '../execution/secrets.ts';
import { traceparentOf } from '../requests.ts';
import type { ApiServer } from '../server.ts';

export type PlatformParts = {
  readonly views: FollowedViews;
  readonly execute: Execute;
  readonly findCaller: FindCaller;
  readonly rateLimit: number;
};

const accountShape = z.object({ id: z.int(), name: z.string() });
const madeUser = agentShape.extend({
  access_token: z.string().describe('for the agents’ API; shown this once, and kept nowhere'),
  pubsub_token: z.string().describe('what the user subscribes with'),
});

/** Needs no account yet: what is made gets one of its own. */
const NO_ACCOUNT = 0 as AccountId;

export const platformApi = async (app: ApiServer, parts: PlatformParts): Promise<void> => {
  await app.register(
    async (scope: ApiServer) => {
      await prepareScope(scope);
      scope.addHook('onRequest', awaitViews(parts.views));
      scope.addHook('onRequest', async (request) => {
        const token = tokenIn(request);
        if (token === null) throw new Refused(401, { error: 'Invalid access_token' });
        request.caller = parts.findCaller(`Bearer ${token}`);
        if (request.caller === null) throw unauthorized('Invalid access_token');
      });
      await scope.register(rateLimit, {
        max: parts.rateLimit,
        timeWindow: 1_000,
        keyGenerator: ({ caller, ip }) => caller?.key ?? ip,
        errorResponseBuilder: (_request, { max }) =>
          new Refused(429, { error: `a token may make ${max} requests a second` }),
      });
      routes(scope, parts);
    },
    { prefix: '/platform/api/v1' },
  );
};

const routes = (app: ApiServer, { views, execute }: PlatformParts): void => {
  const tags = ['platform api'];
  const mayUse = (request: { readonly caller: { mayUse: (account: string) => boolean } | null }, account: string) => {
    if (!request.caller?.mayUse(account)) throw unauthorized('Non permissible resource');
  };

  app.post(
    '/accounts',
    {
      schema: {
        summary: 'Makes an account. The token must be one for all accounts.',
        tags,
        body: z.object({ name }),
        response: { 200: accountShape.describe('The account.') },
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      mayUse(request, 'any');
      const { id: made } = await carriedOut(
        execute(createAccount(request.body), { accountId: NO_ACCOUNT, traceparent: traceparentOf(request) }),
      );
      const account = there(viewsFor(views, reply).get('accounts', made, made));
      return { id: account.id, name: account.name };
    },
  );

  app.post(
    '/users',
    {
      schema: {
        summary: 'Makes a user that an account knows. They may do something there once they are an agent of it.',
        tags,
        body: z.object({
          account_id: id,
          name,
          display_name: optional(name),
          email: optional(text),
          avatar_url: optional(url),
        }),
        response: { 200: madeUser.describe('The user, with their tokens.') },
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const {
        account_id: account,
        name: called,
        display_name: availableName,
        email,
        avatar_url: avatar,
      } = request.body;
      mayUse(request, String(account));
      const accountId = account as AccountId;
      const token = randomSecret();
      const made = await carriedOut(
        execute(
          createUser({
            name: called,
            availableName: availableName ?? null,
            email: email ?? null,
            avatarUrl: avatar ?? '',
            accessTokenHash: hashOf(token),
          }),
          { accountId, traceparent: traceparentOf(request) },
        ),
      );
      const reading = viewsFor(views, reply);
      const user = there(reading.get('users', accountId, made.id));
      return { ...agentView(reading, user), access_token: token, pubsub_token: user.pubsubToken };
    },
  );

  app.post(
    '/accounts/:account_id/account_users',
    {
      schema: {
        summary: 'Makes a user an agent of an account, or gives them another role.',
        tags,
        params: z.object({ account_id: pathId }),
        body: z.object({ user_id: id, role: optional(z.enum(['agent', 'administrator'])) }),
        response: {
          200: z
            .object({ account_id: z.int(), user_id: z.int(), role: z.enum(['agent', 'administrator']) })
            .describe('What they are there.'),
        },
      },
      config: { answers: [404, 409, 422] },
    },
    async (request, reply) => {
      const { account_id: account } = request.params;
      mayUse(request, String(account));
      const accountId = account as AccountId;
      const { user_id: user, role = 'agent' } = request.body;
      // Who may use this account alone takes nobody out of another.
      if (views.reading().get('users', accountId, user as UserId) === null) mayUse(request, 'any');
      const made = await carriedOut(
        execute(addAgent({ user: user as UserId, role }), { accountId, traceparent: traceparentOf(request) }),
      );
      const agent = there(viewsFor(views, reply).get('agents', accountId, made.id));
      return { account_id: account, user_id: made.id, role: agent.role };
    },
  );
};
