/** What happens in the accounts of a benchmark: the events that make them, and messages in them. */
import type { Agent } from './agents.ts';

/** An event as a producer submits it. */
export type Said = { readonly type: string; readonly data: Readonly<Record<string, unknown>> };

/** A customer of an account, with one conversation of the same id. */
export type Customer = { readonly id: number; readonly token: string };

export const customerToken = (account: number, id: number): string => `bench-customer-token-${account}-${id}`;

/** Makes an account with an inbox, and its agents, who are all members of it. */
export const accountMade = (agents: readonly Agent[]): readonly Said[] => [
  { type: 'account.created', data: { name: 'Bench' } },
  ...agents.flatMap(({ userId, token }) => [
    { type: 'user.created', data: { id: userId, name: `Agent ${userId}`, pubsub_token: token } },
    { type: 'agent.added', data: { user_id: userId, role: 'agent' } },
  ]),
  { type: 'inbox.created', data: { id: 1, name: 'Website', channel: 'Channel::WebWidget' } },
  ...(agents.length === 0
    ? []
    : [{ type: 'inbox.members_changed', data: { id: 1, added: agents.map(({ userId }) => userId) } }]),
];

/** Makes a customer with a session and a conversation, all of the same id. */
export const customerMade = (account: number, id: number): readonly Said[] => [
  { type: 'contact.created', data: { id, name: `Customer ${id}` } },
  {
    type: 'contact_inbox.created',
    data: {
      id,
      contact_id: id,
      inbox_id: 1,
      source_id: `bench-${account}-${id}`,
      pubsub_token: customerToken(account, id),
    },
  },
  { type: 'conversation.created', data: { id, inbox_id: 1, contact_inbox_id: id } },
];

/** A message of about 1 KB that a customer wrote; `id` is a number, or what stands for one. */
export const messageWritten = (id: number | string, customer: number, contentBytes = 800): Said => ({
  type: 'message.created',
  data: {
    id,
    conversation_id: customer,
    message_type: 'incoming',
    content: 'I would like to know more. '.repeat(contentBytes).slice(0, contentBytes),
    sender: { type: 'Contact', id: customer },
  },
});
