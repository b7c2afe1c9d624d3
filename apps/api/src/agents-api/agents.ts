/** The agents and teams of an account. Changed by administrators, read by all agents. */
import type { UserId } from '@cablehub/events';
import { createTeam, createUser, removeAgent, updateAgent } from '@cablehub/commands';
import type { Reading } from '@cablehub/projector';
import { z } from 'zod';
import { carriedOut, empty, there } from '../compatible/answering.ts';
import { flag, name, nothing, optional, pathId, text } from '../compatible/schemas.ts';
import { agentShape, agentView, teamShape, teamView } from '../compatible/shapes/people.ts';
import { viewsFor } from '../compatible/views.ts';
import { hashOf, randomSecret } from '../execution/secrets.ts';
import type { ApiServer } from '../server.ts';
import { accountPath, administratorIn, agentIn, type Agent, type AgentsParts } from './access.ts';

const role = z.enum(['agent', 'administrator']);
const agentPath = accountPath.extend({ agent_id: pathId });
const madeAgent = agentShape.extend({ access_token: z.string().describe('shown this once, and kept nowhere') });

const agentsIn = (views: Reading, { accountId }: Agent) =>
  views.agentsOf(accountId).flatMap(({ id: one }) => {
    const user = views.get('users', accountId, one);
    return user === null ? [] : [agentView(views, user)];
  });

export const agentRoutes = (app: ApiServer, { views, execute }: AgentsParts): void => {
  const tags = ['set-up'];

  app.get(
    '/agents',
    {
      schema: {
        summary: 'The agents of the account.',
        tags,
        params: accountPath,
        response: { 200: z.array(agentShape).describe('By id.') },
      },
    },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      return agentsIn(reading, agentIn(reading, request));
    },
  );

  app.post(
    '/agents',
    {
      schema: {
        summary: 'Makes a user, and an agent of the account of them.',
        tags,
        params: accountPath,
        body: z.object({ name, email: text.min(3), role: optional(role), available_name: optional(name) }),
        response: { 200: madeAgent.describe('The agent, with the token for this API.') },
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const agent = administratorIn(views.reading(), request);
      const token = randomSecret();
      const { body } = request;
      const made = await carriedOut(
        execute(
          createUser({
            name: body.name,
            email: body.email,
            availableName: body.available_name ?? null,
            role: body.role ?? 'agent',
            accessTokenHash: hashOf(token),
          }),
          agent.options,
        ),
      );
      const reading = viewsFor(views, reply);
      const user = there(reading.get('users', agent.accountId, made.id));
      return { ...agentView(reading, user), access_token: token };
    },
  );

  app.route({
    method: ['PATCH', 'PUT'],
    url: '/agents/:agent_id',
    schema: {
      summary: 'Changes what an agent is called, or may do.',
      tags,
      params: agentPath,
      body: z.object({
        name: optional(name),
        role: optional(role),
        availability: optional(z.enum(['online', 'busy', 'offline'])),
        auto_offline: optional(flag),
      }),
      response: { 200: agentShape.describe('The agent.') },
    },
    config: { answers: [409, 422] },
    handler: async (request, reply) => {
      const agent = administratorIn(views.reading(), request);
      const { name: called, role: given, availability, auto_offline: autoOffline } = request.body;
      const made = await carriedOut(
        execute(
          updateAgent({
            user: request.params.agent_id as UserId,
            ...(called === undefined ? {} : { name: called }),
            ...(given === undefined ? {} : { role: given }),
            ...(availability === undefined ? {} : { availability }),
            ...(autoOffline === undefined ? {} : { autoOffline }),
          }),
          agent.options,
        ),
      );
      const reading = viewsFor(views, reply);
      return agentView(reading, there(reading.get('users', agent.accountId, made.id)));
    },
  });

  app.delete(
    '/agents/:agent_id',
    {
      schema: {
        summary: 'Takes an agent out of the account; what they wrote stays.',
        tags,
        params: agentPath,
        response: { 200: nothing },
      },
      config: { answers: [409] },
    },
    async (request, reply) => {
      const agent = administratorIn(views.reading(), request);
      await carriedOut(execute(removeAgent(request.params.agent_id as UserId), agent.options));
      viewsFor(views, reply);
      return empty(reply);
    },
  );

  app.get(
    '/teams',
    {
      schema: {
        summary: 'The teams of the account.',
        tags,
        params: accountPath,
        response: { 200: z.array(teamShape).describe('By id.') },
      },
    },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      return reading.teamsOf(agentIn(reading, request).accountId).map(teamView);
    },
  );

  app.post(
    '/teams',
    {
      schema: {
        summary: 'Makes a team.',
        tags,
        params: accountPath,
        body: z.object({ name }),
        response: { 200: teamShape.describe('The team.') },
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const agent = administratorIn(views.reading(), request);
      const made = await carriedOut(execute(createTeam(request.body), agent.options));
      return teamView(there(viewsFor(views, reply).get('teams', agent.accountId, made.id)));
    },
  );
};
