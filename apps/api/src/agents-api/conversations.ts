/** Conversations, as agents list, open and begin them. */
import type { ContactId, TeamId, UserId, InboxId } from '@cablehub/events';
import { beginCorrespondence } from '@cablehub/commands';
import type { ConversationFilter, Reading } from '@cablehub/projector';
import { z } from 'zod';
import { carriedOut, there } from '../compatible/answering.ts';
import { notFound } from '../compatible/refused.ts';
import { attributes, content, flag, id, idOrNothing, optional, page, queryId, text } from '../compatible/schemas.ts';
import { conversationShape, conversationView } from '../compatible/shapes/conversations.ts';
import { viewsFor } from '../compatible/views.ts';
import type { ApiServer } from '../server.ts';
import {
  accountPath,
  agentIn,
  conversationIn,
  conversationPath,
  inboxFor,
  visibleTo,
  type Agent,
  type AgentsParts,
} from './access.ts';

const PAGE = 25;
const MOST_UPDATED = 1_000;
const statuses = ['open', 'resolved', 'pending', 'snoozed'] as const;

const listQuery = z.object({
  status: z.enum([...statuses, 'all']).default('open'),
  assignee_type: z.enum(['me', 'assigned', 'unassigned', 'all']).default('all'),
  page,
  inbox_id: queryId,
  team_id: queryId,
  labels: z.union([text, z.array(text).max(20)]).optional(),
  'labels[]': z.union([text, z.array(text).max(20)]).optional(),
  updated_within: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number of seconds')
    .transform(Number)
    .optional(),
  sort_by: z
    .enum(['last_activity_at_desc', 'last_activity_at_asc', 'created_at_desc', 'created_at_asc', 'latest'])
    .default('last_activity_at_desc'),
});

const orders = {
  latest: 'last_activity_desc',
  last_activity_at_desc: 'last_activity_desc',
  last_activity_at_asc: 'last_activity_asc',
  created_at_desc: 'created_desc',
  created_at_asc: 'created_asc',
} as const;

const filterOf = (views: Reading, agent: Agent, query: z.output<typeof listQuery>): ConversationFilter => {
  const visible = visibleTo(views, agent);
  const labels = [query.labels ?? [], query['labels[]'] ?? []].flat();
  return {
    ...(query.status === 'all' ? {} : { status: query.status }),
    ...(visible === undefined ? {} : { inboxes: visible }),
    ...(query.inbox_id === undefined ? {} : { inbox: query.inbox_id as InboxId }),
    ...(query.team_id === undefined ? {} : { team: query.team_id as TeamId }),
    ...(labels.length === 0 ? {} : { labels }),
    ...(query.updated_within === undefined ? {} : { updatedSince: Date.now() - query.updated_within * 1_000 }),
  };
};

/** Who has been away asks for all that changed meanwhile, and not for pages. */
const pageOf = ({ page: current, updated_within: within }: z.output<typeof listQuery>) =>
  within === undefined ? { limit: PAGE, offset: (current - 1) * PAGE } : { limit: MOST_UPDATED };

const assignees = (agent: Agent) =>
  ({ me: agent.id, assigned: 'anybody', unassigned: 'nobody', all: undefined }) as const;

const counts = z.object({
  mine_count: z.int(),
  assigned_count: z.int(),
  unassigned_count: z.int(),
  all_count: z.int(),
});
const listAnswer = z.object({ data: z.object({ meta: counts, payload: z.array(conversationShape) }) });

const firstMessage = z.object({
  content: content.nullish(),
  private: optional(flag),
  content_type: optional(z.string().regex(/^[a-z_]{1,64}$/, 'must be lower-case letters and underscores')),
  content_attributes: optional(attributes),
});

const newBody = z.object({
  source_id: optional(text).describe('the session; or inbox_id and contact_id'),
  inbox_id: optional(id),
  contact_id: optional(id),
  status: optional(z.enum(statuses)),
  assignee_id: idOrNothing,
  team_id: idOrNothing,
  additional_attributes: optional(attributes),
  custom_attributes: optional(attributes),
  hmac_verified: optional(flag),
  message: optional(firstMessage),
});

export const conversationRoutes = (app: ApiServer, { views, execute, findOnline }: AgentsParts): void => {
  const tags = ['agents’ api'];
  const response = { 200: conversationShape.describe('The conversation.') };

  app.get(
    '/conversations',
    {
      schema: {
        summary: 'Conversations that the agent may see, 25 a page.',
        description: `With the numbers that pass the other filters, whoever they are assigned to. With updated_within (seconds) all that changed since, ${MOST_UPDATED} at most, and no pages.`,
        tags,
        params: accountPath,
        querystring: listQuery,
        response: { 200: listAnswer.describe('A page.') },
      },
      config: { answers: [422] },
    },
    async (request, reply) => {
      const agent = agentIn(views.reading(), request);
      const online = await findOnline(agent.accountId);
      const reading = viewsFor(views, reply);
      const filter = filterOf(reading, agent, request.query);
      const { mine, assigned, unassigned, all } = reading.conversationCounts(agent.accountId, agent.id, filter);
      const assignee = assignees(agent)[request.query.assignee_type];
      const rows = reading.conversations(agent.accountId, {
        ...filter,
        ...(assignee === undefined ? {} : { assignee }),
        order: orders[request.query.sort_by],
        ...pageOf(request.query),
      });
      const meta = { mine_count: mine, assigned_count: assigned, unassigned_count: unassigned, all_count: all };
      return { data: { meta, payload: rows.map((row) => conversationView(reading, row, online)) } };
    },
  );

  app.get(
    '/conversations/meta',
    {
      schema: {
        summary: 'How many conversations there are.',
        tags,
        params: accountPath,
        querystring: listQuery,
        response: { 200: z.object({ meta: counts }).describe('The numbers.') },
      },
      config: { answers: [422] },
    },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      const agent = agentIn(reading, request);
      const filter = filterOf(reading, agent, request.query);
      const { mine, assigned, unassigned, all } = reading.conversationCounts(agent.accountId, agent.id, filter);
      return { meta: { mine_count: mine, assigned_count: assigned, unassigned_count: unassigned, all_count: all } };
    },
  );

  app.get(
    '/conversations/:conversation_id',
    { schema: { summary: 'A conversation.', tags, params: conversationPath, response } },
    async (request, reply) => {
      const online = await findOnline(agentIn(views.reading(), request).accountId);
      const reading = viewsFor(views, reply);
      return conversationView(reading, conversationIn(reading, request).conversation, online);
    },
  );

  app.post(
    '/conversations',
    {
      schema: {
        summary: 'Begins a conversation with a customer.',
        description:
          'In the session of source_id, else in the newest that contact_id has in inbox_id, else in one that is made. A message is sent with it when given.',
        tags,
        params: accountPath,
        body: newBody,
        response,
      },
      config: { answers: [409, 413, 422] },
    },
    async (request, reply) => {
      const before = views.reading();
      const agent = agentIn(before, request);
      const { body } = request;
      const inbox = inboxFor(before, agent, inboxIdIn(before, agent, body));
      const { id: made } = await carriedOut(
        execute(
          beginCorrespondence({
            inbox: inbox.id,
            by: agent.id,
            assignee: (body.assignee_id || null) as UserId | null,
            team: (body.team_id || null) as TeamId | null,
            ...wantedIn(body),
          }),
          agent.options,
        ),
      );
      const online = await findOnline(agent.accountId);
      const reading = viewsFor(views, reply);
      return conversationView(reading, there(reading.get('conversations', agent.accountId, made)), online);
    },
  );
};

type NewBody = z.output<typeof newBody>;

/** A source id alone says in which inbox, too. */
const inboxIdIn = (views: Reading, { accountId }: Agent, { inbox_id: inbox, source_id: sourceId }: NewBody): number => {
  if (inbox !== undefined) return inbox;
  if (sourceId === undefined) throw notFound();
  const found = views
    .allInboxesOf(accountId)
    .find(({ id: one }) => views.sessionBySource(accountId, one, sourceId) !== null);
  if (found === undefined) throw notFound();
  return found.id;
};

const wantedIn = (body: NewBody) => ({
  ...(body.source_id === undefined ? {} : { sourceId: body.source_id }),
  ...(body.contact_id === undefined ? {} : { contact: body.contact_id as ContactId }),
  ...(body.status === undefined ? {} : { status: body.status }),
  ...(body.hmac_verified === undefined ? {} : { isVerified: body.hmac_verified }),
  ...attributesIn(body),
  ...(body.message === undefined ? {} : { message: messageIn(body.message) }),
});

const attributesIn = ({
  additional_attributes: additionalAttributes,
  custom_attributes: customAttributes,
}: NewBody) => ({
  ...(additionalAttributes === undefined ? {} : { additionalAttributes }),
  ...(customAttributes === undefined ? {} : { customAttributes }),
});

const messageIn = (message: z.output<typeof firstMessage>) => ({
  content: message.content ?? null,
  isPrivate: message.private ?? false,
  contentType: message.content_type ?? 'text',
  contentAttributes: message.content_attributes ?? {},
});
