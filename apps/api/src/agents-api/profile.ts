/** The caller themselves: their token for the cable, and whether they can be reached. */
import type { AccountId } from '@cablehub/events';
import { updateAgent } from '@cablehub/commands';
import type { Reading, Row } from '@cablehub/projector';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { carriedOut } from '../compatible/answering.ts';
import { unauthorized } from '../compatible/refused.ts';
import { flag, id } from '../compatible/schemas.ts';
import { viewsFor } from '../compatible/views.ts';
import { traceparentOf } from '../requests.ts';
import type { ApiServer } from '../server.ts';
import { personOf, tokenIn, type AgentsParts } from './access.ts';

const availability = z.enum(['online', 'busy', 'offline']);

const profileShape = z.object({
  id: z.int(),
  name: z.string(),
  available_name: z.string(),
  display_name: z.string(),
  email: z.string().nullable(),
  avatar_url: z.string(),
  account_id: z.int(),
  role: z.enum(['agent', 'administrator']),
  pubsub_token: z.string().describe('what the user subscribes with'),
  access_token: z.string().describe('the token of this request'),
  accounts: z.array(
    z.object({
      id: z.int(),
      name: z.string(),
      role: z.enum(['agent', 'administrator']),
      availability,
      availability_status: availability,
      auto_offline: z.boolean(),
    }),
  ),
});

const accountsOf = (views: Reading, person: readonly Row<'users'>[]) =>
  person.flatMap((user) => {
    const agent = views.get('agents', user.accountId, user.id);
    if (agent === null) return [];
    return [
      {
        id: user.accountId,
        name: views.get('accounts', user.accountId, user.accountId)?.name ?? '',
        role: agent.role,
        availability: agent.availability,
        availability_status: agent.status,
        auto_offline: agent.autoOffline,
      },
    ];
  });

const profileOf = (views: Reading, request: FastifyRequest): z.infer<typeof profileShape> => {
  const person = personOf(views, request);
  const accounts = accountsOf(views, person);
  const [first] = accounts;
  const user = person.find(({ accountId }) => accountId === first?.id);
  if (first === undefined || user === undefined) throw unauthorized('You are not authorized to access this account');
  return {
    id: user.id,
    name: user.name,
    available_name: user.availableName,
    display_name: user.availableName,
    email: user.email,
    avatar_url: user.avatarUrl,
    account_id: first.id,
    role: first.role,
    pubsub_token: user.pubsubToken,
    access_token: tokenIn(request) ?? '',
    accounts,
  };
};

export const profileRoutes = (app: ApiServer, { views, execute }: AgentsParts): void => {
  const tags = ['agents’ api'];
  const response = { 200: profileShape.describe('The user.') };

  app.get('/profile', { schema: { summary: 'Who the token belongs to.', tags, response } }, async (request, reply) =>
    profileOf(viewsFor(views, reply), request),
  );

  const change = async (request: FastifyRequest, account: number, chosen: object): Promise<void> => {
    const user = personOf(views.reading(), request).find(({ accountId }) => accountId === account);
    if (user === undefined || views.reading().get('agents', user.accountId, user.id) === null)
      throw unauthorized('You are not authorized to access this account');
    await carriedOut(
      execute(updateAgent({ user: user.id, ...chosen }), {
        accountId: account as AccountId,
        traceparent: traceparentOf(request),
      }),
    );
  };

  app.post(
    '/profile/availability',
    {
      schema: {
        summary: 'Chooses how the user is shown in an account.',
        tags,
        body: z.object({ profile: z.object({ account_id: id, availability }) }),
        response,
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const { account_id: account, availability: chosen } = request.body.profile;
      await change(request, account, { availability: chosen });
      return profileOf(viewsFor(views, reply), request);
    },
  );

  app.post(
    '/profile/auto_offline',
    {
      schema: {
        summary: 'Chooses whether the user is shown as offline without a connection.',
        tags,
        body: z.object({ profile: z.object({ account_id: id, auto_offline: flag }) }),
        response,
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const { account_id: account, auto_offline: autoOffline } = request.body.profile;
      await change(request, account, { autoOffline });
      return profileOf(viewsFor(views, reply), request);
    },
  );
};
