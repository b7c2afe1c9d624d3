/** Whom a call of the Client API is about: an inbox by its identifier, a session by its source id, what the customer may see. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ConversationId, InboxId } from '@cablehub/events';
import { API_CHANNEL } from '@cablehub/commands';
import type { Signals } from '@cablehub/log';
import type { FollowedViews, Reading, Row } from '@cablehub/projector';
import { z } from 'zod';
import { notFound, unauthorized } from '../compatible/refused.ts';
import { pathId, text } from '../compatible/schemas.ts';
import type { Uploads } from '../attachments/uploads.ts';
import type { Execute } from '../execution/executor.ts';

export type ClientParts = {
  readonly views: FollowedViews;
  readonly execute: Execute;
  readonly uploads: Uploads;
  readonly signals: Pick<Signals, 'sendTyping'>;
  readonly isUp: () => boolean;
};

export const inboxPath = z.object({ inbox_identifier: z.string().max(64) });
export const contactPath = inboxPath.extend({ source_id: text });
export const conversationPath = contactPath.extend({ conversation_id: pathId });
export const messagePath = conversationPath.extend({ message_id: pathId });

export const inboxAt = (views: Reading, { inbox_identifier }: z.infer<typeof inboxPath>): Row<'inboxes'> => {
  const inbox = views.inboxByIdentifier(inbox_identifier);
  if (inbox?.channel !== API_CHANNEL) throw notFound();
  return inbox;
};

export type Session = { readonly inbox: Row<'inboxes'>; readonly session: Row<'contactInboxes'> };

export const sessionAt = (views: Reading, path: z.infer<typeof contactPath>): Session => {
  const inbox = inboxAt(views, path);
  const session = views.sessionBySource(inbox.accountId, inbox.id as InboxId, path.source_id);
  if (session === null) throw notFound();
  return { inbox, session };
};

export type OwnConversation = Session & { readonly conversation: Row<'conversations'> };

/** A proven customer sees all their conversations, any other those of the session. */
export const conversationAt = (
  views: Reading,
  path: z.infer<typeof contactPath> & { readonly conversation_id: number },
): OwnConversation => {
  const { inbox, session } = sessionAt(views, path);
  const conversation = views.get('conversations', inbox.accountId, path.conversation_id as ConversationId);
  if (conversation === null || !isOf(session, conversation)) throw notFound();
  return { inbox, session, conversation };
};

const isOf = (session: Row<'contactInboxes'>, conversation: Row<'conversations'>): boolean =>
  session.hmacVerified ? conversation.contactId === session.contactId : conversation.contactInboxId === session.id;

export const identityParameters = { identifier: text.nullish(), identifier_hash: text.nullish() } as const;
export type Identity = {
  readonly identifier?: string | null | undefined;
  readonly identifier_hash?: string | null | undefined;
};

/** Whether an identity was proven; false: none was claimed. Throws 401 when a proof is wrong, or missing where one must be. */
export const isProven = (inbox: Row<'inboxes'>, { identifier, identifier_hash: hash }: Identity): boolean => {
  if (!hash && !inbox.hmacMandatory) return false;
  const isRight = Boolean(hash) && Boolean(identifier) && isDigest(inbox.hmacToken, identifier!, hash!);
  if (!isRight) throw unauthorized('HMAC failed: Invalid Identifier Hash Provided');
  return true;
};

const isDigest = (key: string | null, identifier: string, hash: string): boolean => {
  if (!key) return false;
  const right = createHmac('sha256', key).update(identifier).digest();
  const given = Buffer.from(/^[0-9a-f]{64}$/i.test(hash) ? hash : '', 'hex');
  return given.length === right.length && timingSafeEqual(given, right);
};
