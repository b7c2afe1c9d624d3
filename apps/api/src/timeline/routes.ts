/** The timeline of an account: its events, what each told whom, and how things stood then. */
import { positionOf } from '@cablehub/events';
import type { EventLog, LogEntry } from '@cablehub/log';
import type { Consequences, FollowedViews, QueryableViews } from '@cablehub/projector';
import { z } from 'zod';
import { Problem, unavailable } from '../problem.ts';
import type { ApiServer } from '../server.ts';
import { accountPath } from '../validation.ts';
import { entryOf, entryShape, filterQuery, passes, withoutSecrets } from './entries.ts';
import { listen } from './live.ts';
import { eventsPage } from './pages.ts';
import { pastOf } from './past.ts';
import { streams } from './streams.ts';

export type TimelineParts = {
  readonly log: EventLog;
  readonly views: FollowedViews;
};

const positionText = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a position')
  .transform(Number);

const pageQuery = filterQuery.extend({
  before: positionText.optional().describe('only events before this position'),
  after: positionText.optional().describe('only events after this position'),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a number from 1 to 500')
    .transform(Number)
    .pipe(z.int().min(1).max(500))
    .default(100),
});

const audience = z.union([
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.enum(['only', 'except']), users: z.array(z.int()) }),
]);
const delivery = z.object({
  lane: z.string(),
  audience,
  frame: z.object({ event: z.string(), data: z.unknown() }).nullable().describe('null: it ended subscriptions'),
});
const detail = z.object({ event: entryShape, deliveries: z.array(delivery) });

const state = z.object({
  position: z.int(),
  conversations: z.array(
    z.object({
      id: z.int(),
      status: z.string(),
      contact_id: z.int(),
      assignee_id: z.int().nullable(),
      team_id: z.int().nullable(),
    }),
  ),
  messages: z.array(
    z.object({
      id: z.int(),
      conversation_id: z.int(),
      content: z.string().nullable(),
      message_type: z.string(),
      private: z.boolean(),
    }),
  ),
  contacts: z.array(z.object({ id: z.int(), name: z.string() })),
});

/** What is shown of the account as it was: the newest. */
const MOST = { conversations: 100, messages: 50, contacts: 200 } as const;

export const timelineRoutes = (app: ApiServer, { log, views }: TimelineParts): void => {
  const tags = ['timeline'];
  const past = pastOf(log);
  const open = streams();
  app.addHook('preClose', async () => open.endAll());
  app.addHook('onClose', async () => past.close());

  app.get(
    '/events',
    {
      schema: {
        summary: 'The account’s events, the newest first; with after alone, oldest first.',
        description: 'Secrets in them are masked.',
        tags,
        params: accountPath,
        querystring: pageQuery,
        response: {
          200: z.object({ events: z.array(entryShape) }).describe('A page; one that is not full is the last.'),
        },
      },
      config: { problems: ['invalid'] },
    },
    async (request) => {
      const events = await eventsPage(log, { ...request.query, accountId: request.params.account_id });
      return { events: events.map(entryOf) };
    },
  );

  app.get(
    '/events/live',
    {
      schema: {
        summary: 'The account’s events as they are recorded, as server-sent events.',
        tags,
        params: accountPath,
        querystring: filterQuery,
        response: {
          200: {
            description: 'Each event’s id is its position, its data an entry as in a page.',
            content: { 'text/event-stream': { schema: z.string() } },
          },
        },
      },
      config: { problems: ['invalid'], streams: true },
    },
    (request, reply) => {
      const stop = new AbortController();
      const send = open.open(reply, () => stop.abort());
      if (send === null) throw unavailable('too many are listening');
      const tell = (entry: LogEntry): void => {
        if (passes(entry, request.query)) send({ id: entry.position, data: entryOf(entry) });
      };
      // Whoever is not told any more hears the end, and opens it again.
      listen({ log, views }, { accountId: request.params.account_id, tell, signal: stop.signal }).catch(
        (fault: unknown) => {
          request.log.warn({ err: fault }, 'the log could not be followed for somebody who listens');
          reply.raw.end();
        },
      );
    },
  );

  app.get(
    '/events/:position',
    {
      schema: {
        summary: 'An event, and who was told what of it.',
        tags,
        params: accountPath.extend({ position: positionText }),
        response: { 200: detail.describe('The event with its deliveries.') },
      },
      config: { problems: ['not_found', 'invalid'] },
    },
    async (request) => {
      const { account_id: accountId, position } = request.params;
      const told = position === 0 ? null : await past.told(accountId, positionOf(position));
      if (told === null) throw new Problem('not_found', 'the account has no event at this position');
      return { event: entryOf(told.event), deliveries: deliveriesOf(told.consequences) };
    },
  );

  app.get(
    '/state',
    {
      schema: {
        summary: 'The account as it was after an event.',
        description: `At most ${MOST.conversations} conversations, ${MOST.messages} messages of each and ${MOST.contacts} contacts: the newest.`,
        tags,
        params: accountPath,
        querystring: z.object({ position: positionText.optional().describe('the newest when absent') }),
        response: { 200: state.describe('What there was.') },
      },
      config: { problems: ['invalid'] },
    },
    async (request) => {
      const { account_id: accountId } = request.params;
      const end = views.position();
      const position = positionOf(Math.min(request.query.position ?? end, end));
      return past.at(accountId, position, (then) => ({ position, ...stateOf(then, accountId) }));
    },
  );
};

const decoder = new TextDecoder();

const deliveriesOf = ({ announcements, grants }: Consequences): z.infer<typeof delivery>[] => [
  ...announcements.map(({ lane, audience: heard, payload }) => ({
    lane,
    audience: heard.kind === 'all' ? { kind: 'all' as const } : { kind: heard.kind, users: [...heard.users] },
    frame: withoutSecrets(JSON.parse(decoder.decode(payload)) as { event: string; data: unknown }),
  })),
  ...grants.flatMap((change) =>
    change.kind === 'revoked'
      ? [{ lane: 'agents', audience: { kind: 'only' as const, users: [change.grant.userId as number] }, frame: null }]
      : [],
  ),
];

const stateOf = (views: QueryableViews, accountId: z.output<typeof accountPath>['account_id']) => {
  const conversations = views.conversations(accountId, { limit: MOST.conversations });
  const messages = conversations.flatMap(({ id }) => views.messages(accountId, id, { limit: MOST.messages }));
  return {
    conversations: conversations.map((one) => ({
      id: one.id,
      status: one.status,
      contact_id: one.contactId,
      assignee_id: one.assigneeId,
      team_id: one.teamId,
    })),
    messages: messages.map((one) => ({
      id: one.id,
      conversation_id: one.conversationId,
      content: one.content,
      message_type: one.messageType,
      private: one.private,
    })),
    contacts: views.contacts(accountId, { limit: MOST.contacts }).map(({ id, name }) => ({ id, name })),
  };
};
