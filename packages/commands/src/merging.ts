/** One contact turns out to be another: conversations and sessions move, then the contact goes (pure). */
import type { AccountId, UserId } from '@cablehub/events';
import type { Reading, Row } from '@cablehub/projector';
import type { Draft } from './decision.ts';

export type Merging = { readonly base: Row<'contacts'>; readonly mergee: Row<'contacts'>; readonly by?: UserId };

/** A conversation takes its session along; sessions without one move by themselves. */
export const addMerge = (
  { add }: Draft,
  { views, accountId }: { readonly views: Reading; readonly accountId: AccountId },
  { base, mergee, by }: Merging,
): void => {
  const performer = by === undefined ? {} : { performer_id: by };
  const conversations = views.conversationsOf(accountId, mergee.id);
  for (const { id, version } of conversations)
    add('conversation.contact_changed', { id, contact_id: base.id, ...performer }, version);
  const moved = new Set(conversations.map(({ contactInboxId }) => contactInboxId));
  for (const { id, version } of views.sessionsOf(accountId, mergee.id))
    if (!moved.has(id)) add('contact_inbox.moved', { id, contact_id: base.id }, version);
  add('contact.merged', { id: mergee.id, into_id: base.id, ...performer }, mergee.version);
};
