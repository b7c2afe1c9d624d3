/**
 * A webhook of Chatwoot or OneHash Chat, as the events that it means to the hub (pure).
 *
 * The installation's ids are the hub's. What the hub does not know yet is made first, out of what the webhook tells; what it knows
 * is changed where it is different, unless it has moved on since the webhook's moment. So the order in which webhooks come does
 * not matter, and one that comes again means nothing.
 */
import type { Command } from '@cablehub/commands';
import type { Typing } from '@cablehub/log';
import { takeConversation } from './conversations.ts';
import { takeMessage } from './messages.ts';
import { changedAt, type MessageSaid, type TypingSaid, type Webhook } from './payload.ts';
import { isTypingContact, isTypingUser, takeContact } from './people.ts';
import { writingFor, type Writing } from './writing.ts';

export type TakenWebhook = {
  /** The types of the events that follow from it. */
  readonly events: readonly string[];
  /** To be told to who listens now; it is not stored. */
  readonly typing: Typing | null;
};

/** `mark` is the same for each delivery of the same webhook, and for no other. */
export const takeWebhook =
  (webhook: Webhook, mark: string): Command<TakenWebhook> =>
  (views, context) => {
    const writing = writingFor(views, context, mark);
    if (!take(writing, webhook)) return withoutSession;
    const { events } = writing;
    const typing = isTyping(webhook) ? typingOf(writing, webhook) : null;
    return { ok: true, events, claims: [], result: { events: events.map(({ event }) => event.type), typing } };
  };

const withoutSession = {
  ok: false,
  refusal: {
    reason: 'invalid',
    attribute: 'contact_inbox',
    message: 'is needed for a conversation that is not known yet',
  },
} as const;

const take = (writing: Writing, webhook: Webhook): boolean => {
  if (isTyping(webhook)) {
    const { conversation } = webhook;
    return takeConversation(writing, { said: conversation, at: conversation.updated_at });
  }
  if (isOfMessage(webhook)) return takeMessage(writing, webhook);
  if (isOfContact(webhook)) {
    takeContact(writing, webhook);
    return true;
  }
  const at = webhook.updated_at ?? changedAt(webhook);
  return takeConversation(writing, { said: webhook, at, isBeginning: webhook.event === 'conversation_created' });
};

type ContactWebhook = Extract<Webhook, { readonly event: `contact_${string}` }>;
type TypingWebhook = Extract<Webhook, { readonly event: `conversation_typing_${string}` }>;

const isOfMessage = (webhook: Webhook): webhook is MessageSaid => webhook.event.startsWith('message_');
const isOfContact = (webhook: Webhook): webhook is ContactWebhook => webhook.event.startsWith('contact_');
const isTyping = (webhook: Webhook): webhook is TypingWebhook => webhook.event.startsWith('conversation_typing_');

const typingOf = ({ accountId }: Writing, webhook: TypingWebhook): Typing | null => {
  const typist = typistOf(webhook);
  if (typist === null) return null;
  const status = webhook.event === 'conversation_typing_on' ? 'on' : 'off';
  const { conversation, is_private: isPrivate } = webhook;
  return { accountId, conversationId: conversation.id, status, typist, isPrivate: isPrivate ?? false };
};

/** A bot's typing is told to nobody. */
const typistOf = ({ user, conversation }: TypingSaid): Typing['typist'] | null => {
  if (isTypingUser(user)) return { kind: 'user', userId: user.id as never };
  const session = conversation.contact_inbox;
  return session != null && isTypingContact(user) ? { kind: 'contact', contactInboxId: session.id } : null;
};
