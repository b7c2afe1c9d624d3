/** What an agent does to a conversation: status, assignment, typing, reading. */
import type { TeamId, UserId } from '@cablehub/events';
import { assign, assignTeam, changeStatus, seeByAgent } from '@cablehub/commands';
import type { Reading, Row } from '@cablehub/projector';
import { z } from 'zod';
import { carriedOut, empty, there } from '../compatible/answering.ts';
import { flag, idOrNothing, nothing, optional } from '../compatible/schemas.ts';
import { conversationShape, conversationView } from '../compatible/shapes/conversations.ts';
import { agentOf, agentShape, teamShape, teamView } from '../compatible/shapes/people.ts';
import { viewsFor } from '../compatible/views.ts';
import { unavailable } from '../problem.ts';
import type { ApiServer } from '../server.ts';
import { conversationIn, conversationPath, type AgentsParts } from './access.ts';

const MAX_SECONDS = 253_402_300_799; // the end of the year 9999

const statusBody = z.object({
  status: optional(z.enum(['open', 'resolved', 'pending', 'snoozed'])),
  snoozed_until: optional(
    z
      .union(
        [
          z.int(),
          z
            .string()
            .regex(/^\d{1,12}$/)
            .transform(Number),
        ],
        { error: 'must be Unix seconds' },
      )
      .pipe(z.int().min(0).max(MAX_SECONDS)),
  ).describe('Unix seconds'),
});

const statusAnswer = z.object({
  meta: z.object({}),
  payload: z.object({
    success: z.boolean(),
    conversation_id: z.int(),
    current_status: z.enum(['open', 'resolved', 'pending', 'snoozed']),
    snoozed_until: z.string().nullable(),
  }),
});

const assignmentBody = z.object({
  assignee_id: idOrNothing.describe('an agent; null, or whom the account does not have: nobody'),
  team_id: idOrNothing.describe('a team; 0, or what the account does not have: none'),
});

export const conversationActionRoutes = (
  app: ApiServer,
  { views, execute, signals, isUp, findOnline }: AgentsParts,
): void => {
  const tags = ['agents’ api'];

  app.post(
    '/conversations/:conversation_id/toggle_status',
    {
      schema: {
        summary: 'Sets the status; without one, an open conversation is resolved and any other opened.',
        description: 'Who is no administrator and opens a conversation is assigned to it.',
        tags,
        params: conversationPath,
        body: statusBody,
        response: { 200: statusAnswer.describe('The status it has now.') },
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const { agent, conversation } = conversationIn(views.reading(), request);
      const { status, snoozed_until: until } = request.body;
      await carriedOut(
        execute(
          changeStatus({
            conversation: conversation.id,
            by: agent.id,
            ...(status === undefined ? {} : { status }),
            ...(until === undefined ? {} : { snoozedUntil: new Date(until * 1_000).toISOString() }),
          }),
          agent.options,
        ),
      );
      const now = there(viewsFor(views, reply).get('conversations', agent.accountId, conversation.id));
      return {
        meta: {},
        payload: {
          success: true,
          conversation_id: now.id,
          current_status: now.status,
          snoozed_until: now.snoozedUntil,
        },
      };
    },
  );

  app.post(
    '/conversations/:conversation_id/assignments',
    {
      schema: {
        summary: 'Gives a conversation to an agent, or to a team.',
        tags,
        params: conversationPath,
        body: assignmentBody,
        response: { 200: z.union([agentShape, teamShape, z.null()]).describe('Who has it now; null: nobody.') },
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const { agent, conversation: before } = conversationIn(views.reading(), request);
      const about = { conversation: before.id, by: agent.id };
      const { assignee_id: assignee, team_id: team } = request.body;
      const now = (): { readonly reading: Reading; readonly conversation: Row<'conversations'> } => {
        const reading = viewsFor(views, reply);
        return { reading, conversation: there(reading.get('conversations', agent.accountId, before.id)) };
      };
      if (assignee !== undefined) {
        await carriedOut(execute(assign({ ...about, assignee: (assignee || null) as UserId | null }), agent.options));
        const { reading, conversation } = now();
        return agentOf(reading, agent.accountId, conversation.assigneeId);
      }
      if (team === undefined) return null;
      await carriedOut(execute(assignTeam({ ...about, team: (team || null) as TeamId | null }), agent.options));
      const { reading, conversation } = now();
      const found = conversation.teamId === null ? null : reading.get('teams', agent.accountId, conversation.teamId);
      return found === null ? null : teamView(found);
    },
  );

  app.post(
    '/conversations/:conversation_id/toggle_typing_status',
    {
      schema: {
        summary: 'Tells the customer and other agents that the agent types, or stops.',
        tags,
        params: conversationPath,
        body: z.object({
          typing_status: z.string().max(255).nullish().describe('on or off; anything else tells nobody'),
          is_private: optional(flag).describe('a private note: never told to the customer'),
        }),
        response: { 200: nothing },
      },
      config: { answers: [422] },
    },
    async (request, reply) => {
      const { agent, conversation } = conversationIn(viewsFor(views, reply), request);
      const { typing_status: status, is_private: isPrivate = false } = request.body;
      if (!isUp()) throw unavailable('NATS is away; nobody was told');
      if (status === 'on' || status === 'off')
        signals.sendTyping({
          accountId: agent.accountId,
          conversationId: conversation.id,
          status,
          typist: { kind: 'user', userId: agent.id },
          isPrivate,
        });
      return empty(reply);
    },
  );

  app.post(
    '/conversations/:conversation_id/update_last_seen',
    {
      schema: {
        summary: 'Remembers that agents have read everything.',
        tags,
        params: conversationPath,
        response: { 200: conversationShape.describe('The conversation.') },
      },
      config: { answers: [409] },
    },
    async (request, reply) => {
      const { agent, conversation } = conversationIn(views.reading(), request);
      await carriedOut(execute(seeByAgent({ conversation: conversation.id, by: agent.id }), agent.options));
      const online = await findOnline(agent.accountId);
      const reading = viewsFor(views, reply);
      return conversationView(reading, there(reading.get('conversations', agent.accountId, conversation.id)), online);
    },
  );
};
