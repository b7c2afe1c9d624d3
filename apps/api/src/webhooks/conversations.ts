/** What a webhook says of its conversation: made when it is new, else brought to the state that is told (pure). */
import {
  pubsubToken,
  type ContactId,
  type ContactInboxId,
  type PubsubToken,
  type TeamId,
  type UserId,
} from '@cablehub/events';
import type { Row } from '@cablehub/projector';
import type { ConversationSaid } from './payload.ts';
import { assigneeOf, knowContact, knowInbox, knowTeam } from './people.ts';
import type { Stated, Writing } from './writing.ts';

export type ToldConversation = {
  readonly said: ConversationSaid;
  /** When the state was so, in milliseconds; null: the webhook does not say, so it is so now. */
  readonly at: number | null;
  readonly inboxName?: string | null | undefined;
  /** Only its beginning is told: a conversation that is known has moved on since. */
  readonly isBeginning?: boolean;
};

/** False: the conversation is new, and the webhook does not tell what one needs. */
export const takeConversation = (writing: Writing, told: ToldConversation): boolean => {
  const { said, at, inboxName, isBeginning = false } = told;
  const row = writing.views.get('conversations', writing.accountId, said.id);
  knowInbox(writing, { id: said.inbox_id, channel: said.channel, name: inboxName });
  if (row === null) return begin(writing, told);
  if (!isBeginning && (at === null || at >= row.updatedAt)) change(writing, { said, at, row });
  see(writing, said, row);
  return true;
};

const begin = (writing: Writing, { said, at, isBeginning = false }: ToldConversation): boolean => {
  const session = knowSession(writing, said, at);
  if (session === null) return false;
  const { id, status, meta } = said;
  const assignee = assigneeOf(writing, meta.assignee ?? null);
  const team = knowTeam(writing, meta.team ?? null);
  const data = {
    id,
    inbox_id: said.inbox_id,
    contact_inbox_id: session,
    priority: said.priority,
    labels: said.labels,
    additional_attributes: said.additional_attributes,
    custom_attributes: said.custom_attributes,
  };
  const state = isBeginning ? { status, assignee_id: assignee, team_id: team } : {};
  const created = said.created_at ?? said.timestamp ?? at;
  writing.add('conversation.created', { ...data, ...state }, { at: created });
  if (isBeginning) {
    if (status === 'snoozed') setStatus(writing, said, { at });
  } else addSince(writing, { said, at, assignee, team });
  see(writing, said, { contactLastSeenAt: null, agentLastSeenAt: null });
  return true;
};

type Since = {
  readonly said: ConversationSaid;
  readonly at: number | null;
  readonly assignee: UserId | null;
  readonly team: TeamId | null;
};

/** What came after the beginning is stated at its own time, so that what is older than it does not undo it. */
const addSince = (writing: Writing, { said, at, assignee, team }: Since): void => {
  const { id, status } = said;
  if (status !== 'open') setStatus(writing, said, { at });
  if (assignee !== null) writing.add('conversation.assignee_changed', { id, assignee_id: assignee }, { at });
  if (team !== null) writing.add('conversation.team_changed', { id, team_id: team }, { at });
};

/** The customer's session, with the token they subscribe with today where the webhook tells it. */
const knowSession = (writing: Writing, said: ConversationSaid, at: number | null): ContactInboxId | null => {
  const { contact_inbox: session, meta } = said;
  if (session == null) return null;
  if (writing.knows('contact_inbox', session.id)) return session.id;
  const { sender } = meta;
  const contact = knowContact(writing, sender?.id === session.contact_id ? sender : bare(session.contact_id), at);
  const data = {
    id: session.id,
    contact_id: contact,
    inbox_id: said.inbox_id,
    source_id: session.source_id,
    pubsub_token: tokenOf(session) ?? (writing.newSecret() as PubsubToken),
    hmac_verified: session.hmac_verified,
  };
  writing.add('contact_inbox.created', data, { at });
  return session.id;
};

const tokenOf = (session: NonNullable<ConversationSaid['contact_inbox']>): PubsubToken | null =>
  pubsubToken.safeParse(session.pubsub_token).data ?? null;

/** A contact of whom only the id is known. */
const bare = (id: ContactId): Parameters<typeof knowContact>[1] => ({ id }) as Parameters<typeof knowContact>[1];

type Changing = { readonly said: ConversationSaid; readonly at: number | null; readonly row: Row<'conversations'> };

const change = (writing: Writing, { said, at, row }: Changing): void => {
  const { id, meta } = said;
  const stated = { at, version: row.version };
  if (said.status !== row.status || untilOf(said) !== row.snoozedUntil) setStatus(writing, said, stated);
  // What is left out is not told; null is nobody.
  const assignee = meta.assignee === undefined ? row.assigneeId : assigneeOf(writing, meta.assignee);
  const team = meta.team === undefined ? row.teamId : knowTeam(writing, meta.team);
  const contact = meta.sender == null ? row.contactId : knowContact(writing, meta.sender, at);
  if (assignee !== row.assigneeId) writing.add('conversation.assignee_changed', { id, assignee_id: assignee }, stated);
  if (team !== row.teamId) writing.add('conversation.team_changed', { id, team_id: team }, stated);
  if (contact !== row.contactId) writing.add('conversation.contact_changed', { id, contact_id: contact }, stated);
};

const untilOf = ({ status, snoozed_until: until }: ConversationSaid): string | null =>
  status === 'snoozed' && until !== null ? new Date(until).toISOString() : null;

const setStatus = (writing: Writing, said: ConversationSaid, stated: Stated): void =>
  writing.add(
    'conversation.status_changed',
    { id: said.id, status: said.status, snoozed_until: untilOf(said) },
    stated,
  );

type Seen = Pick<Row<'conversations'>, 'contactLastSeenAt' | 'agentLastSeenAt'>;

/** Told in whole seconds, and only ever later. */
const see = ({ add }: Writing, said: ConversationSaid, { contactLastSeenAt, agentLastSeenAt }: Seen): void => {
  const { id, contact_last_seen_at: contact, agent_last_seen_at: agent } = said;
  if (isLater(contact, contactLastSeenAt)) add('conversation.contact_seen', { id }, { at: contact });
  if (isLater(agent, agentLastSeenAt)) add('conversation.agent_seen', { id }, { at: agent });
};

const isLater = (told: number | null, known: number | null): boolean =>
  told !== null && Math.floor(told / 1_000) > Math.floor((known ?? 0) / 1_000);
