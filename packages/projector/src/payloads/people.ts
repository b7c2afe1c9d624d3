/** Contacts and users, as they appear inside frames. */
import type { AccountId, UserId } from '@cablehub/events';
import type { Row } from '../schema.ts';
import type { ReadViews } from '../views.ts';

export type ContactPayload = ReturnType<typeof contactPayload>;

export const contactPayload = (contact: Row<'contacts'>, pubsubToken: string) =>
  ({
    additional_attributes: contact.additionalAttributes,
    custom_attributes: contact.customAttributes,
    email: contact.email,
    id: contact.id,
    identifier: contact.identifier,
    name: contact.name,
    phone_number: contact.phoneNumber,
    pubsub_token: pubsubToken,
    thumbnail: contact.thumbnail,
    type: 'contact',
    blocked: contact.blocked,
  }) as const;

export type UserPayload = ReturnType<typeof userPayload>;

/** Someone who has left the account keeps their name on what they wrote, and is offline. */
export const userPayload = (user: Row<'users'>, agent: Row<'agents'> | null) =>
  ({
    id: user.id,
    name: user.name,
    available_name: user.availableName,
    avatar_url: user.avatarUrl,
    type: 'user',
    availability_status: agent?.status ?? 'offline',
    thumbnail: user.avatarUrl,
  }) as const;

export const userOf = (views: ReadViews, accountId: AccountId, id: UserId | null | undefined): UserPayload | null => {
  const user = id == null ? null : views.get('users', accountId, id);
  return user === null ? null : userPayload(user, views.get('agents', accountId, user.id));
};

/** `performer`, when a user did it; no key otherwise. */
export const performerOf = (
  views: ReadViews,
  accountId: AccountId,
  id: UserId | undefined,
): { readonly performer?: UserPayload } => {
  const performer = userOf(views, accountId, id);
  return performer === null ? {} : { performer };
};
