/**
 * The identities of the domain, branded so that one cannot be passed for another.
 *
 * Numbers are those of OneHash Chat and Chatwoot: positive integers. A conversation's id is its *display id*, counted
 * per account; all others come from the producer and are unique within an account. Everything in the hub is keyed by
 * account first, so two accounts never meet, whatever ids they use.
 */
import { z } from 'zod';

const numericId = z.int().positive();

export const accountId = numericId.brand<'AccountId'>();
export type AccountId = z.infer<typeof accountId>;

export const userId = numericId.brand<'UserId'>();
export type UserId = z.infer<typeof userId>;

export const inboxId = numericId.brand<'InboxId'>();
export type InboxId = z.infer<typeof inboxId>;

export const teamId = numericId.brand<'TeamId'>();
export type TeamId = z.infer<typeof teamId>;

export const contactId = numericId.brand<'ContactId'>();
export type ContactId = z.infer<typeof contactId>;

export const contactInboxId = numericId.brand<'ContactInboxId'>();
export type ContactInboxId = z.infer<typeof contactInboxId>;

export const conversationId = numericId.brand<'ConversationId'>();
export type ConversationId = z.infer<typeof conversationId>;

export const messageId = numericId.brand<'MessageId'>();
export type MessageId = z.infer<typeof messageId>;

/** The producer's name for one event, unique within its account: 1 to 128 visible ASCII characters. */
export const eventId = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters, without spaces')
  .brand<'EventId'>();
export type EventId = z.infer<typeof eventId>;

/**
 * The secret a client subscribes with. 16 to 256 URL-safe characters: Chatwoot's own have 24, and a guessable token
 * would open a customer's whole conversation.
 */
export const pubsubToken = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{16,256}$/, 'must be 16 to 256 letters, digits, dots, dashes, tildes or underscores')
  .brand<'PubsubToken'>();
export type PubsubToken = z.infer<typeof pubsubToken>;
