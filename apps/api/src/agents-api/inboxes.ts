/** The inboxes of an account and their members. Changed by administrators, read by the agents who may see them. */
import type { InboxId, UserId } from '@cablehub/events';
import { changeMembers, createInbox, updateInbox } from '@cablehub/commands';
import type { Reading } from '@cablehub/projector';
import { z } from 'zod';
import { carriedOut, there } from '../compatible/answering.ts';
import { notFound } from '../compatible/refused.ts';
import { flag, id, name, optional, pathId } from '../compatible/schemas.ts';
import { agentShape, agentView, inboxShape, inboxView } from '../compatible/shapes/people.ts';
import { viewsFor } from '../compatible/views.ts';
import type { ApiServer } from '../server.ts';
import { accountPath, administratorIn, agentIn, inboxFor, visibleTo, type Agent, type AgentsParts } from './access.ts';

const inboxPath = accountPath.extend({ inbox_id: pathId });
const channels = { api: 'Channel::Api', web_widget: 'Channel::WebWidget' } as const;

export const inboxRoutes = (app: ApiServer, { views, execute }: AgentsParts): void => {
  const tags = ['set-up'];
  const response = { 200: inboxShape.describe('The inbox.') };

  app.get(
    '/inboxes',
    {
      schema: {
        summary: 'The inboxes that the agent may see.',
        tags,
        params: accountPath,
        response: { 200: z.object({ payload: z.array(inboxShape) }).describe('By id.') },
      },
    },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      const agent = agentIn(reading, request);
      const visible = visibleTo(reading, agent);
      const rows = reading.allInboxesOf(agent.accountId).filter(({ id: one }) => visible?.includes(one) ?? true);
      return { payload: rows.map((row) => inboxView(row, agent)) };
    },
  );

  app.get(
    '/inboxes/:inbox_id',
    { schema: { summary: 'An inbox.', tags, params: inboxPath, response } },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      const agent = agentIn(reading, request);
      return inboxView(inboxFor(reading, agent, request.params.inbox_id), agent);
    },
  );

  app.post(
    '/inboxes',
    {
      schema: {
        summary: 'Makes an inbox: one of the API, or a website’s.',
        description: 'One of the API has an inbox_identifier, by which the Client API addresses it.',
        tags,
        params: accountPath,
        body: z.object({
          name,
          channel: z.object({ type: z.enum(['api', 'web_widget']), hmac_mandatory: optional(flag) }),
          lock_to_single_conversation: optional(flag),
        }),
        response,
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const agent = administratorIn(views.reading(), request);
      const { name: called, channel, lock_to_single_conversation: isLocked } = request.body;
      const made = await carriedOut(
        execute(
          createInbox({
            name: called,
            channel: channels[channel.type],
            ...(channel.hmac_mandatory === undefined ? {} : { hmacMandatory: channel.hmac_mandatory }),
            ...(isLocked === undefined ? {} : { lockToSingleConversation: isLocked }),
          }),
          agent.options,
        ),
      );
      return inboxView(there(viewsFor(views, reply).get('inboxes', agent.accountId, made.id)), agent);
    },
  );

  app.patch(
    '/inboxes/:inbox_id',
    {
      schema: {
        summary: 'Changes an inbox.',
        tags,
        params: inboxPath,
        body: z.object({
          name: optional(name),
          channel: optional(z.object({ hmac_mandatory: optional(flag) })),
          lock_to_single_conversation: optional(flag),
        }),
        response,
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const agent = administratorIn(views.reading(), request);
      const { name: called, channel, lock_to_single_conversation: isLocked } = request.body;
      const isMandatory = channel?.hmac_mandatory;
      const made = await carriedOut(
        execute(
          updateInbox({
            inbox: request.params.inbox_id as InboxId,
            ...(called === undefined ? {} : { name: called }),
            ...(isMandatory === undefined ? {} : { hmacMandatory: isMandatory }),
            ...(isLocked === undefined ? {} : { lockToSingleConversation: isLocked }),
          }),
          agent.options,
        ),
      );
      return inboxView(there(viewsFor(views, reply).get('inboxes', agent.accountId, made.id)), agent);
    },
  );
};

const membersBody = z.object({ inbox_id: id, user_ids: z.array(id).max(1_000) });

export const memberRoutes = (app: ApiServer, { views, execute }: AgentsParts): void => {
  const tags = ['set-up'];
  const response = { 200: z.object({ payload: z.array(agentShape) }).describe('The members of the inbox.') };
  const membersIn = (reading: Reading, agent: Agent, inboxId: number) => {
    const inbox = reading.get('inboxes', agent.accountId, inboxId as InboxId);
    if (inbox === null) throw notFound();
    const members = inbox.members.flatMap((one) => reading.get('users', agent.accountId, one) ?? []);
    return { payload: members.map((user) => agentView(reading, user)) };
  };

  app.get(
    '/inbox_members/:inbox_id',
    { schema: { summary: 'Who sees an inbox, beside the administrators.', tags, params: inboxPath, response } },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      return membersIn(reading, agentIn(reading, request), request.params.inbox_id);
    },
  );

  const changes = [
    ['POST', 'add', 'Adds members to an inbox.'],
    ['PATCH', 'replace', 'Makes these the members of an inbox, and nobody else.'],
    ['DELETE', 'remove', 'Takes members out of an inbox.'],
  ] as const;
  for (const [method, change, summary] of changes)
    app.route({
      method,
      url: '/inbox_members',
      schema: { summary, tags, params: accountPath, body: membersBody, response },
      config: { answers: [409, 422] },
      handler: async (request, reply) => {
        const agent = administratorIn(views.reading(), request);
        const { inbox_id: inbox, user_ids: users } = request.body;
        await carriedOut(
          execute(changeMembers({ inbox: inbox as InboxId, users: users as UserId[], change }), agent.options),
        );
        return membersIn(viewsFor(views, reply), agent, inbox);
      },
    });
};
