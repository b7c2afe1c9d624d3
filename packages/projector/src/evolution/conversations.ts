/** Conversations: their state between the messages. */
import type { AccountId, ConversationId, EventType, RecordedEvent } from '@cablehub/events';
import type { Row } from '../schema.ts';
import type { ReadViews } from '../views.ts';
import { sessionGranted } from './customers.ts';
import { existing, timeOf, unknown, wrote, type Evolution, type Evolves, type Unversioned } from './evolution.ts';

type ConversationEvent = Extract<EventType, `conversation.${string}`>;

export const conversations: Evolves<ConversationEvent> = {
  'conversation.created': (views, event) => {
    const { accountId, data } = event;
    if (views.get('conversations', accountId, data.id) !== null) return existing('conversation', data.id);
    if (views.get('inboxes', accountId, data.inbox_id) === null) return unknown('inbox', data.inbox_id);
    const session = views.get('contactInboxes', accountId, data.contact_inbox_id);
    if (session === null) return unknown('contact_inbox', data.contact_inbox_id);
    const stranger = missingPerson(views, accountId, data);
    if (stranger !== null) return stranger;
    const at = timeOf(event);
    const row: Unversioned<'conversations'> = {
      accountId,
      id: data.id,
      inboxId: data.inbox_id,
      contactId: session.contactId,
      contactInboxId: session.id,
      assigneeId: data.assignee_id,
      teamId: data.team_id,
      status: data.status,
      snoozedUntil: null,
      priority: data.priority,
      labels: data.labels,
      additionalAttributes: data.additional_attributes,
      customAttributes: data.custom_attributes,
      agentLastSeenAt: null,
      contactLastSeenAt: null,
      firstReplyAt: null,
      waitingSince: at,
      lastIncomingAt: null,
      lastActivityAt: at,
      createdAt: at,
      updatedAt: at,
    };
    return wrote({ table: 'conversations', row });
  },

  'conversation.status_changed': (views, event) =>
    change(views, event, (old) => ({
      status: event.data.status,
      snoozedUntil: event.data.status === 'snoozed' ? event.data.snoozed_until : null,
      waitingSince: event.data.status === 'resolved' ? null : old.waitingSince,
    })),

  'conversation.assignee_changed': (views, event) =>
    missingPerson(views, event.accountId, event.data) ??
    change(views, event, () => ({ assigneeId: event.data.assignee_id })),

  'conversation.team_changed': (views, event) =>
    missingPerson(views, event.accountId, event.data) ?? change(views, event, () => ({ teamId: event.data.team_id })),

  'conversation.contact_changed': (views, event) => {
    const { accountId, data } = event;
    if (views.get('contacts', accountId, data.contact_id) === null) return unknown('contact', data.contact_id);
    const moved = change(views, event, () => ({ contactId: data.contact_id }));
    const conversation = views.get('conversations', accountId, data.id);
    if (!moved.ok || conversation === null) return moved;
    const session = views.get('contactInboxes', accountId, conversation.contactInboxId);
    if (session === null || session.contactId === data.contact_id) return moved;
    const row = { ...session, contactId: data.contact_id, updatedAt: timeOf(event) };
    return { ...moved, writes: [...moved.writes, { table: 'contactInboxes', row }], grants: [sessionGranted(row)] };
  },

  'conversation.contact_seen': (views, event) => change(views, event, () => ({ contactLastSeenAt: timeOf(event) })),
  'conversation.agent_seen': (views, event) => change(views, event, () => ({ agentLastSeenAt: timeOf(event) })),
};

const change = (
  views: ReadViews,
  event: RecordedEvent & { readonly data: { readonly id: ConversationId } },
  values: (old: Row<'conversations'>) => Partial<Row<'conversations'>>,
): Evolution => {
  const old = views.get('conversations', event.accountId, event.data.id);
  if (old === null) return unknown('conversation', event.data.id);
  const updatedAt = Math.max(old.updatedAt, timeOf(event));
  return wrote({ table: 'conversations', row: { ...old, ...values(old), updatedAt } });
};

/** A refusal when an assignee or a team is named that the account does not have. */
const missingPerson = (
  views: ReadViews,
  accountId: AccountId,
  data: { readonly assignee_id?: Row<'users'>['id'] | null; readonly team_id?: Row<'teams'>['id'] | null },
): Evolution | null => {
  if (data.assignee_id != null && views.get('users', accountId, data.assignee_id) === null)
    return unknown('user', data.assignee_id);
  if (data.team_id != null && views.get('teams', accountId, data.team_id) === null)
    return unknown('team', data.team_id);
  return null;
};
