/** Lists of conversations, by pages and filters, and how many there are. */
import type { ConversationStatus, InboxId, TeamId, UserId } from '@cablehub/events';
import { asc, desc, eq, sql, type SQL } from 'drizzle-orm';
import { tables } from '../schema.ts';
import { all, COUNT_LIMIT, lazily, ofAccount, placeholder, unlessNull, type Drizzle } from './statements.ts';

export type ConversationOrder = 'last_activity_desc' | 'last_activity_asc' | 'created_desc' | 'created_asc';

/** What is left out filters nothing. */
export type ConversationFilter = {
  readonly status?: ConversationStatus;
  /** Only conversations in one of these: those that somebody may see. */
  readonly inboxes?: readonly InboxId[];
  readonly inbox?: InboxId;
  readonly team?: TeamId;
  /** Whose they are: this user's, anybody's, or nobody's. */
  readonly assignee?: UserId | 'anybody' | 'nobody';
  /** Conversations that have each of these. */
  readonly labels?: readonly string[];
  /** Conversations whose row changed at this time or later; milliseconds since 1970. */
  readonly updatedSince?: number;
  /** Default `last_activity_desc`. By creation is by id. */
  readonly order?: ConversationOrder;
  /** Default 25. */
  readonly limit?: number;
  /** How many are left out before. Default 0. */
  readonly offset?: number;
};

/** Each counted to COUNT_LIMIT. */
export type ConversationCounts = {
  readonly mine: number;
  readonly assigned: number;
  readonly unassigned: number;
  readonly all: number;
};

const PAGE = 25;
const { conversations } = tables;

const orders: { readonly [Order in ConversationOrder]: readonly SQL[] } = {
  last_activity_desc: [desc(conversations.lastActivityAt), desc(conversations.id)],
  last_activity_asc: [asc(conversations.lastActivityAt), asc(conversations.id)],
  created_desc: [desc(conversations.id)],
  created_asc: [asc(conversations.id)],
};

type Scope = 'of_status' | 'of_any';

const hasStatus = (scope: Scope): SQL[] =>
  scope === 'of_status' ? [eq(conversations.status, placeholder('status'))] : [];

const isAmong = unlessNull(
  'inboxes',
  sql`${conversations.inboxId} IN (SELECT value FROM json_each(${placeholder('inboxes')}))`,
);
const isIn = unlessNull('inbox', eq(conversations.inboxId, placeholder('inbox')));
const isOfTeam = unlessNull('team', eq(conversations.teamId, placeholder('team')));
const isOf = unlessNull('user', eq(conversations.assigneeId, placeholder('user')));
const isAssigned = unlessNull('assigned', sql`(${conversations.assigneeId} IS NOT NULL) = ${placeholder('assigned')}`);
const hasLabels = unlessNull(
  'labels',
  sql`NOT EXISTS (SELECT 1 FROM json_each(${placeholder('labels')}) AS wanted
    WHERE wanted.value NOT IN (SELECT value FROM json_each(${conversations.labels})))`,
);
const isUpdated = unlessNull('since', sql`${conversations.updatedAt} >= ${placeholder('since')}`);

const parametersOf = (accountId: number, filter: ConversationFilter) => {
  const { status, inbox, team, updatedSince, limit = PAGE, offset = 0 } = filter;
  const nullable = { status, inbox, team, since: updatedSince };
  const inNull = Object.fromEntries(Object.entries(nullable).map(([name, value]) => [name, value ?? null]));
  return { accountId, ...inNull, ...assigneeOf(filter), ...listsOf(filter), limit, offset };
};

const assigneeOf = ({ assignee }: ConversationFilter) => ({
  user: typeof assignee === 'number' ? assignee : null,
  assigned: assignee === 'anybody' ? 1 : assignee === 'nobody' ? 0 : null,
});

const listsOf = ({ labels = [], inboxes }: ConversationFilter) => ({
  inboxes: inboxes === undefined ? null : JSON.stringify(inboxes),
  labels: labels.length === 0 ? null : JSON.stringify(labels),
});

const scopeOf = ({ status }: ConversationFilter): Scope => (status === undefined ? 'of_any' : 'of_status');

export const conversationQueries = (drizzle: Drizzle) => {
  const page = lazily((key: `${Scope} ${ConversationOrder}`) => {
    const [scope, order] = key.split(' ') as [Scope, ConversationOrder];
    return drizzle
      .select()
      .from(conversations)
      .where(
        all(
          ofAccount('conversations'),
          ...hasStatus(scope),
          isAmong,
          isIn,
          isOfTeam,
          isOf,
          isAssigned,
          hasLabels,
          isUpdated,
        ),
      )
      .orderBy(...orders[order])
      .limit(placeholder('limit'))
      .offset(placeholder('offset'))
      .prepare();
  });
  const counts = lazily((key: `${Scope} ${'by_index' | 'by_row'}`) => {
    const [scope, by] = key.split(' ') as [Scope, 'by_index' | 'by_row'];
    const some = drizzle
      .select({ assigneeId: conversations.assigneeId })
      .from(conversations)
      .where(
        all(
          ofAccount('conversations'),
          ...hasStatus(scope),
          isAmong,
          isIn,
          isOfTeam,
          ...(by === 'by_row' ? [hasLabels, isUpdated] : []),
        ),
      )
      .limit(COUNT_LIMIT)
      .as('some');
    return drizzle
      .select({
        all: sql<number>`count(*)`,
        assigned: sql<number>`count(${some.assigneeId})`,
        mine: sql<number>`count(*) FILTER (WHERE ${some.assigneeId} = ${placeholder('me')})`,
      })
      .from(some)
      .prepare();
  });
  const newest = (column: typeof conversations.contactId | typeof conversations.contactInboxId) =>
    drizzle
      .select()
      .from(conversations)
      .where(all(ofAccount('conversations'), eq(column, placeholder('of'))))
      .orderBy(desc(conversations.id))
      .limit(placeholder('limit'))
      .prepare();
  const inSession = newest(conversations.contactInboxId);
  const withContact = newest(conversations.contactId);

  const scopes: readonly Scope[] = ['of_status', 'of_any'];
  return {
    /** Of all kinds, to look at their plans. */
    statements: () => [
      inSession,
      withContact,
      ...scopes.flatMap((scope) => [
        ...(Object.keys(orders) as ConversationOrder[]).map((order) => page(`${scope} ${order}`)),
        counts(`${scope} by_index`),
        counts(`${scope} by_row`),
      ]),
    ],
    answers: {
      conversations: (accountId: number, filter: ConversationFilter) =>
        page(`${scopeOf(filter)} ${filter.order ?? 'last_activity_desc'}`).all(parametersOf(accountId, filter)),
      conversationCounts: (accountId: number, me: number, filter: ConversationFilter): ConversationCounts => {
        const { labels = [], updatedSince } = filter;
        // What these filter by is in the rows only; all else is in the index.
        const by = labels.length > 0 || updatedSince !== undefined ? 'by_row' : 'by_index';
        const found = counts(`${scopeOf(filter)} ${by}`).get({ ...parametersOf(accountId, filter), me });
        const { all: total = 0, assigned = 0, mine = 0 } = found ?? {};
        return { mine, assigned, unassigned: total - assigned, all: total };
      },
      conversationsInSession: (accountId: number, of: number, limit: number) => inSession.all({ accountId, of, limit }),
      conversationsWith: (accountId: number, of: number, limit: number) => withContact.all({ accountId, of, limit }),
    },
  };
};
