/** What a conversation tells of itself: messages of type activity, in the words agents know (pure). */
import type { ConversationId, ConversationStatus, MessageId } from '@cablehub/events';
import type { CommandContext, Draft } from './decision.ts';

export const statusText = (status: ConversationStatus, name: string): string =>
  ({
    resolved: `Conversation was marked resolved by ${name}`,
    open: `Conversation was reopened by ${name}`,
    pending: `Conversation was marked as pending by ${name}`,
    snoozed: `Conversation was snoozed by ${name}`,
  })[status];

export const resolvedByContactText = (name: string): string => `Conversation was resolved by ${name}`;
export const reopenedText = 'System reopened the conversation due to a new incoming message.';

export const assigneeText = (assignee: string | null, name: string): string => {
  if (assignee === null) return `Conversation unassigned by ${name}`;
  return assignee === name ? `${name} self-assigned this conversation` : `Assigned to ${assignee} by ${name}`;
};

export const teamText = (team: string | null, old: string | null, name: string): string =>
  team === null ? `Unassigned from ${old ?? 'the team'} by ${name}` : `Assigned to ${team} by ${name}`;

/** Adds an activity message to a draft. */
export const tell = (
  { add }: Draft,
  context: CommandContext,
  { conversation, text }: { readonly conversation: ConversationId; readonly text: string },
): void => {
  const id = context.takeId('message') as MessageId;
  add('message.created', { id, conversation_id: conversation, content: text, message_type: 'activity' }, 0);
};
