/** Users, agents, inboxes, teams and contacts, as the original's APIs answer them. */
import type { AccountId } from '@cablehub/events';
import { API_CHANNEL } from '@cablehub/commands';
import type { Reading, Row } from '@cablehub/projector';
import { z } from 'zod';
import type { Online } from '../online.ts';

export const attributes = z.record(z.string(), z.unknown());
const availability = z.enum(['online', 'busy', 'offline']);

export const agentShape = z.object({
  id: z.int(),
  account_id: z.int(),
  name: z.string(),
  available_name: z.string(),
  email: z.string().nullable(),
  role: z.enum(['agent', 'administrator']).nullable(),
  availability_status: availability,
  auto_offline: z.boolean(),
  confirmed: z.boolean(),
  thumbnail: z.string(),
  avatar_url: z.string(),
  type: z.literal('user'),
});
export type AgentShape = z.infer<typeof agentShape>;

export const agentView = (views: Reading, user: Row<'users'>): AgentShape => {
  const agent = views.get('agents', user.accountId, user.id);
  return {
    id: user.id,
    account_id: user.accountId,
    name: user.name,
    available_name: user.availableName,
    email: user.email,
    role: agent?.role ?? null,
    availability_status: agent?.status ?? 'offline',
    auto_offline: agent?.autoOffline ?? true,
    confirmed: true,
    thumbnail: user.avatarUrl,
    avatar_url: user.avatarUrl,
    type: 'user',
  };
};

export const agentOf = (views: Reading, accountId: AccountId, id: Row<'users'>['id'] | null): AgentShape | null => {
  const user = id === null ? null : views.get('users', accountId, id);
  return user === null ? null : agentView(views, user);
};

export const teamShape = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string().nullable(),
  allow_auto_assign: z.boolean(),
  account_id: z.int(),
  is_member: z.boolean(),
});

export const teamView = ({ id, name, accountId }: Row<'teams'>): z.infer<typeof teamShape> => ({
  id,
  name,
  description: null,
  allow_auto_assign: false,
  account_id: accountId,
  is_member: false,
});

export const inboxShape = z.object({
  id: z.int(),
  name: z.string(),
  channel_id: z.int(),
  channel_type: z.string(),
  avatar_url: z.string(),
  greeting_enabled: z.boolean(),
  working_hours_enabled: z.boolean(),
  csat_survey_enabled: z.boolean(),
  enable_auto_assignment: z.boolean(),
  lock_to_single_conversation: z.boolean(),
  timezone: z.string(),
  hmac_mandatory: z.boolean().nullable(),
  inbox_identifier: z.string().nullable().describe('how the Client API addresses it'),
  hmac_token: z.string().nullable().optional().describe('only for administrators'),
});

export const inboxView = (
  inbox: Row<'inboxes'>,
  { isAdministrator }: { readonly isAdministrator: boolean },
): z.infer<typeof inboxShape> => ({
  id: inbox.id,
  name: inbox.name,
  channel_id: inbox.id,
  channel_type: inbox.channel,
  avatar_url: '',
  greeting_enabled: false,
  working_hours_enabled: false,
  csat_survey_enabled: false,
  enable_auto_assignment: false,
  lock_to_single_conversation: inbox.lockToSingleConversation,
  timezone: 'UTC',
  hmac_mandatory: inbox.hmacMandatory,
  inbox_identifier: inbox.channel === API_CHANNEL ? inbox.identifier : null,
  ...(isAdministrator ? { hmac_token: inbox.hmacToken } : {}),
});

const slimInbox = z.object({ id: z.int(), name: z.string(), channel_type: z.string() });
export const contactInboxShape = z.object({ source_id: z.string(), inbox: slimInbox });

export const contactInboxView = (views: Reading, session: Row<'contactInboxes'>): z.infer<typeof contactInboxShape> => {
  const inbox = views.get('inboxes', session.accountId, session.inboxId);
  return {
    source_id: session.sourceId,
    inbox: { id: session.inboxId, name: inbox?.name ?? '', channel_type: inbox?.channel ?? '' },
  };
};

export const contactShape = z.object({
  additional_attributes: attributes,
  availability_status: z.enum(['online', 'offline']),
  email: z.string().nullable(),
  id: z.int(),
  name: z.string(),
  phone_number: z.string().nullable(),
  blocked: z.boolean(),
  identifier: z.string().nullable(),
  thumbnail: z.string(),
  custom_attributes: attributes,
  created_at: z.int(),
  contact_inboxes: z.array(contactInboxShape).optional(),
});
export type ContactShape = z.infer<typeof contactShape>;

export const contactView = (contact: Row<'contacts'>, online: Online): ContactShape => ({
  additional_attributes: contact.additionalAttributes,
  availability_status: online.has(contact.id) ? 'online' : 'offline',
  email: contact.email,
  id: contact.id,
  name: contact.name,
  phone_number: contact.phoneNumber,
  blocked: contact.blocked,
  identifier: contact.identifier,
  thumbnail: contact.thumbnail,
  custom_attributes: contact.customAttributes,
  created_at: Math.floor(contact.createdAt / 1_000),
});

/** With the sessions the contact has. */
export const wholeContactView = (views: Reading, contact: Row<'contacts'>, online: Online): ContactShape => ({
  ...contactView(contact, online),
  contact_inboxes: views.sessionsOf(contact.accountId, contact.id).map((session) => contactInboxView(views, session)),
});

export const contactRowShape = z.object({
  id: z.int(),
  name: z.string(),
  email: z.string().nullable(),
  phone_number: z.string().nullable(),
  account_id: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
  additional_attributes: attributes,
  identifier: z.string().nullable(),
  custom_attributes: attributes,
  last_activity_at: z.string().nullable(),
  contact_type: z.literal('visitor'),
  middle_name: z.string(),
  last_name: z.string(),
  location: z.string(),
  country_code: z.string(),
  blocked: z.boolean(),
});

/** A contact as the original's row of it. */
export const contactRow = (contact: Row<'contacts'>): z.infer<typeof contactRowShape> => ({
  id: contact.id,
  name: contact.name,
  email: contact.email,
  phone_number: contact.phoneNumber,
  account_id: contact.accountId,
  created_at: new Date(contact.createdAt).toISOString(),
  updated_at: new Date(contact.updatedAt).toISOString(),
  additional_attributes: contact.additionalAttributes,
  identifier: contact.identifier,
  custom_attributes: contact.customAttributes,
  last_activity_at: null,
  contact_type: 'visitor',
  middle_name: '',
  last_name: '',
  location: '',
  country_code: '',
  blocked: contact.blocked,
});
