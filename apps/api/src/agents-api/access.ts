/** Who calls the agents' API: a user, by a token whose hash the views know; and what they may see. */
import type { AccountId, ConversationId, InboxId, UserId } from '@cablehub/events';
import type { Signals } from '@cablehub/log';
import type { FollowedViews, Reading, Row } from '@cablehub/projector';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Uploads } from '../attachments/uploads.ts';
import type { FindOnline } from '../compatible/online.ts';
import { notAllowed, notFound, Refused, unauthorized } from '../compatible/refused.ts';
import { pathId } from '../compatible/schemas.ts';
import type { Execute } from '../execution/executor.ts';
import { hashOf } from '../execution/secrets.ts';
import { traceparentOf } from '../requests.ts';

export type AgentsParts = {
  readonly views: FollowedViews;
  readonly execute: Execute;
  readonly uploads: Uploads;
  readonly signals: Pick<Signals, 'sendTyping'>;
  readonly isUp: () => boolean;
  readonly findOnline: FindOnline;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** The hash of the token that a user's request came with. */
    accessTokenHash: string | null;
  }
}

/** The token of a request: `api_access_token`, or a bearer token. */
export const tokenIn = ({ headers }: Pick<FastifyRequest, 'headers'>): string | null => {
  const given = headers['api_access_token'];
  if (typeof given === 'string' && given !== '') return given;
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
};

/** A hook: there must be a token, and it must be somebody's. */
export const identify =
  (views: FollowedViews) =>
  async (request: FastifyRequest): Promise<void> => {
    const token = tokenIn(request);
    if (token === null) throw new Refused(401, { errors: ['You need to sign in or sign up before continuing.'] });
    request.accessTokenHash = hashOf(token);
    if (views.reading().usersByAccessToken(request.accessTokenHash).length === 0)
      throw unauthorized('Invalid Access Token');
  };

/** The person in each account they are in. */
export const personOf = (views: Reading, request: FastifyRequest): readonly Row<'users'>[] => {
  const rows = views.usersByAccessToken(request.accessTokenHash ?? '');
  if (rows.length === 0) throw unauthorized('Invalid Access Token');
  return rows;
};

export const accountPath = z.object({ account_id: pathId });
export const conversationPath = accountPath.extend({ conversation_id: pathId });

/** An agent of the account that is called, and the views to serve them from. */
export type Agent = {
  readonly accountId: AccountId;
  readonly id: UserId;
  readonly isAdministrator: boolean;
  /** What to execute commands with. */
  readonly options: { readonly accountId: AccountId; readonly traceparent: string | undefined };
};

type AccountRequest = FastifyRequest & { readonly params: z.output<typeof accountPath> };

export const agentIn = (views: Reading, request: AccountRequest): Agent => {
  const accountId = request.params.account_id as AccountId;
  const person = personOf(views, request);
  if (views.get('accounts', accountId, accountId) === null) throw notFound();
  const user = person.find((one) => one.accountId === accountId);
  const agent = user === undefined ? null : views.get('agents', accountId, user.id);
  if (agent === null) throw unauthorized('You are not authorized to access this account');
  const isAdministrator = agent.role === 'administrator';
  return { accountId, id: agent.id, isAdministrator, options: { accountId, traceparent: traceparentOf(request) } };
};

export const administratorIn = (views: Reading, request: AccountRequest): Agent => {
  const agent = agentIn(views, request);
  if (!agent.isAdministrator) throw notAllowed();
  return agent;
};

/** The inboxes whose conversations an agent sees; undefined: all. */
export const visibleTo = (views: Reading, { accountId, id, isAdministrator }: Agent): readonly InboxId[] | undefined =>
  isAdministrator ? undefined : views.inboxesOf(accountId, id);

type ConversationRequest = FastifyRequest & { readonly params: z.output<typeof conversationPath> };

/** A conversation that the agent may see. */
export const conversationIn = (
  views: Reading,
  request: ConversationRequest,
): { readonly agent: Agent; readonly conversation: Row<'conversations'> } => {
  const agent = agentIn(views, request);
  const conversation = views.get('conversations', agent.accountId, request.params.conversation_id as ConversationId);
  if (conversation === null) throw notFound();
  if (!(visibleTo(views, agent)?.includes(conversation.inboxId) ?? true)) throw notAllowed();
  return { agent, conversation };
};

/** Whether an agent may write in an inbox. Throws when not, or when there is no such inbox. */
export const inboxFor = (views: Reading, agent: Agent, id: number): Row<'inboxes'> => {
  const inbox = views.get('inboxes', agent.accountId, id as InboxId);
  if (inbox === null) throw notFound();
  if (!(visibleTo(views, agent)?.includes(inbox.id) ?? true)) throw notAllowed();
  return inbox;
};
