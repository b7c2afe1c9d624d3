/** Conversations: begun, opened and closed, given to somebody, read (pure). */
import type { Attributes, ContactInboxId, ConversationId, ConversationStatus, TeamId, UserId } from '@cablehub/events';
import type { Reading, Row } from '@cablehub/projector';
import { assigneeText, resolvedByContactText, statusText, teamText, tell } from './activity.ts';
import { draft, notFound, type Command, type CommandContext, type Draft } from './decision.ts';

/** The conversation that a command is about, and who does it. */
export type About = { readonly conversation: ConversationId; readonly by: UserId };
export type AboutConversation = { readonly id: ConversationId };

export type NewConversation = {
  readonly session: ContactInboxId;
  readonly status?: ConversationStatus;
  readonly assignee?: UserId | null;
  readonly team?: TeamId | null;
  readonly additionalAttributes?: Attributes;
  readonly customAttributes?: Attributes;
  readonly by?: UserId;
};

/** A customer begins a conversation. Where an inbox is locked to one, a session goes on with its newest. */
export const beginConversation =
  (wanted: NewConversation): Command<AboutConversation> =>
  (views, context) => {
    const session = views.get('contactInboxes', context.accountId, wanted.session);
    if (session === null) return notFound;
    const writing = draft(context);
    const inbox = views.get('inboxes', context.accountId, session.inboxId);
    const [newest] = views.conversationsInSession(context.accountId, session.id, 1);
    if (inbox?.lockToSingleConversation && newest !== undefined) return writing.decided({ id: newest.id });
    return writing.decided({ id: addConversation(writing, context, { ...wanted, inboxId: session.inboxId }) });
  };

/** Adds the event of a new conversation to a draft. */
export const addConversation = (
  { add }: Draft,
  context: CommandContext,
  wanted: NewConversation & { readonly inboxId: Row<'inboxes'>['id'] },
): ConversationId => {
  const id = context.takeId('conversation') as ConversationId;
  add(
    'conversation.created',
    {
      id,
      inbox_id: wanted.inboxId,
      contact_inbox_id: wanted.session,
      status: wanted.status ?? 'open',
      assignee_id: wanted.assignee ?? null,
      team_id: wanted.team ?? null,
      additional_attributes: wanted.additionalAttributes ?? {},
      custom_attributes: wanted.customAttributes ?? {},
      ...(wanted.by === undefined ? {} : { performer_id: wanted.by }),
    },
    0,
  );
  return id;
};

export type StatusWanted = About & {
  /** Absent: an open one is resolved, any other is opened. */
  readonly status?: ConversationStatus;
  /** ISO 8601; kept only while the status is `snoozed`. */
  readonly snoozedUntil?: string | null;
};

/** An agent sets a status. Who is no administrator and opens a conversation takes it. */
export const changeStatus =
  (wanted: StatusWanted): Command<AboutConversation> =>
  (views, context) => {
    const { conversation: id, by } = wanted;
    const conversation = views.get('conversations', context.accountId, id);
    if (conversation === null) return notFound;
    const { status, until } = statusAsked(conversation, wanted);
    const writing = draft(context);
    const name = nameOf(views, context, by);
    if (status !== conversation.status || until !== conversation.snoozedUntil) {
      const data = { id, status, snoozed_until: until, performer_id: by };
      writing.add('conversation.status_changed', data, conversation.version);
    }
    if (status !== conversation.status) tell(writing, context, { conversation: id, text: statusText(status, name) });
    const isAgent = views.get('agents', context.accountId, by)?.role === 'agent';
    if (status === 'open' && isAgent && conversation.assigneeId !== by) {
      const data = { id, assignee_id: by, performer_id: by };
      writing.add('conversation.assignee_changed', data, conversation.version);
      tell(writing, context, { conversation: id, text: assigneeText(name, name) });
    }
    return writing.decided({ id });
  };

const statusAsked = ({ status: old }: Row<'conversations'>, { status, snoozedUntil = null }: StatusWanted) => {
  const asked = status ?? (old === 'open' ? 'resolved' : 'open');
  return { status: asked, until: asked === 'snoozed' ? snoozedUntil : null };
};

/** A customer ends their conversation; one that is resolved stays so. */
export const resolveByContact =
  (id: ConversationId): Command<AboutConversation> =>
  (views, context) => {
    const conversation = views.get('conversations', context.accountId, id);
    if (conversation === null) return notFound;
    const writing = draft(context);
    if (conversation.status === 'resolved') return writing.decided({ id });
    writing.add('conversation.status_changed', { id, status: 'resolved' }, conversation.version);
    const name = views.get('contacts', context.accountId, conversation.contactId)?.name ?? 'the customer';
    tell(writing, context, { conversation: id, text: resolvedByContactText(name) });
    return writing.decided({ id });
  };

/** Gives a conversation to an agent of the account; anybody else is nobody. */
export const assign =
  ({ conversation: id, by, assignee }: About & { readonly assignee: UserId | null }): Command<AboutConversation> =>
  (views, context) => {
    const conversation = views.get('conversations', context.accountId, id);
    if (conversation === null) return notFound;
    const user = agentNamed(views, context, assignee);
    const writing = draft(context);
    if (user.id === conversation.assigneeId) return writing.decided({ id });
    const data = { id, assignee_id: user.id, performer_id: by };
    writing.add('conversation.assignee_changed', data, conversation.version);
    const text = assigneeText(user.name, nameOf(views, context, by));
    tell(writing, context, { conversation: id, text });
    return writing.decided({ id });
  };

/** Gives a conversation to a team of the account; any other is none. */
export const assignTeam =
  ({ conversation: id, by, team }: About & { readonly team: TeamId | null }): Command<AboutConversation> =>
  (views, context) => {
    const conversation = views.get('conversations', context.accountId, id);
    if (conversation === null) return notFound;
    const found = teamNamed(views, context, team);
    const old = teamNamed(views, context, conversation.teamId);
    const writing = draft(context);
    if (found.id === conversation.teamId) return writing.decided({ id });
    writing.add('conversation.team_changed', { id, team_id: found.id, performer_id: by }, conversation.version);
    const text = teamText(found.name, old.name, nameOf(views, context, by));
    tell(writing, context, { conversation: id, text });
    return writing.decided({ id });
  };

/** What was made within this time before the last look is looked at again: an answer may have been lost. */
const OVERLAP_MS = 60_000;

/** The customer has read everything: agents are told, and each message to the customer becomes read. */
export const seeByContact =
  (id: ConversationId): Command<AboutConversation> =>
  (views, context) => {
    const conversation = views.get('conversations', context.accountId, id);
    if (conversation === null) return notFound;
    const writing = draft(context);
    writing.add('conversation.contact_seen', { id });
    const { contactLastSeenAt: last } = conversation;
    const times = { after: last === null ? null : last - OVERLAP_MS, upTo: Date.parse(context.now) };
    for (const message of views.unreadByContact(context.accountId, id, times))
      writing.add('message.updated', { id: message.id, status: 'read' });
    return writing.decided({ id });
  };

const HOUR_MS = 3_600_000;

/** An agent has read everything. Said at most once an hour when nothing was unread. */
export const seeByAgent =
  ({ conversation: id, by }: About): Command<AboutConversation> =>
  (views, context) => {
    const conversation = views.get('conversations', context.accountId, id);
    if (conversation === null) return notFound;
    const writing = draft(context);
    const { agentLastSeenAt: last } = conversation;
    const isLongAgo = last === null || Date.parse(context.now) - last >= HOUR_MS;
    if (isLongAgo || views.unreadCount(context.accountId, id, last) > 0)
      writing.add('conversation.agent_seen', { id, performer_id: by });
    return writing.decided({ id });
  };

const nameOf = (views: Reading, { accountId }: CommandContext, user: UserId): string =>
  views.get('users', accountId, user)?.name ?? 'an agent';

const nobody = { id: null, name: null } as const;

/** Nobody, when the account has no such agent. */
export const agentNamed = (views: Reading, { accountId }: CommandContext, id: UserId | null) =>
  id === null || views.get('agents', accountId, id) === null ? nobody : (views.get('users', accountId, id) ?? nobody);

/** None, when the account has no such team. */
export const teamNamed = (views: Reading, { accountId }: CommandContext, id: TeamId | null) =>
  id === null ? nobody : (views.get('teams', accountId, id) ?? nobody);
