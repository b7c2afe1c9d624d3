/** Typing: told at once from the views as they are, never stored, never replayed. */
import type { Typing } from '@cablehub/log';
import { contactLane, everyone } from '@cablehub/log';
import { encode, type Announcement, type AnnounceOptions } from './announcement.ts';
import { typingAudience } from './audiences/audience.ts';
import { conversationPayload } from './payloads/conversation.ts';
import { contactPayload, userOf } from './payloads/people.ts';
import { shownToken, type Viewer } from './payloads/viewer.ts';
import type { Row } from './schema.ts';
import type { ReadViews } from './views.ts';

export type TypingContext = { readonly now: number; readonly options: AnnounceOptions };

/** Who hears that somebody types, and what. Nobody, when the views know no such conversation or typist. */
export const announceTyping = (
  views: ReadViews,
  signal: Typing,
  { now, options }: TypingContext,
): readonly Announcement[] => {
  const { accountId, typist, isPrivate } = signal;
  const conversation = views.get('conversations', accountId, signal.conversationId);
  if (conversation === null || !mayType(views, conversation, typist)) return [];
  const { users, session } = typingAudience(views, conversation, { typist, isPrivate });

  const encodeFor = (viewer: Viewer): Uint8Array =>
    encode(`conversation.typing_${signal.status}`, {
      conversation: conversationPayload(views, { conversation, now }, viewer),
      user: typistPayload(views, signal, viewer),
      is_private: isPrivate,
      account_id: accountId,
    });

  const agents: Viewer = { kind: 'agents', contactTokens: options.contactTokens };
  return [
    ...(users.length === 0
      ? []
      : [{ lane: 'agents', audience: { kind: 'only', users }, payload: encodeFor(agents) } as const]),
    ...(session === null
      ? []
      : [{ lane: contactLane(session.id), audience: everyone, payload: encodeFor({ kind: 'session', session }) }]),
  ];
};

const mayType = (views: ReadViews, conversation: Row<'conversations'>, typist: Typing['typist']): boolean => {
  const { accountId } = conversation;
  if (typist.kind === 'user') return views.get('agents', accountId, typist.userId) !== null;
  return views.get('contactInboxes', accountId, typist.contactInboxId)?.contactId === conversation.contactId;
};

const typistPayload = (views: ReadViews, { accountId, typist }: Typing, viewer: Viewer) => {
  if (typist.kind === 'user') return userOf(views, accountId, typist.userId);
  const session = views.get('contactInboxes', accountId, typist.contactInboxId);
  const contact = session && views.get('contacts', accountId, session.contactId);
  return contact === null ? null : contactPayload(contact, shownToken(viewer, session));
};
