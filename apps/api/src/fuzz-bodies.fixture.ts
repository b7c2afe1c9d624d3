/** Bodies that are right, for what is in the hub that operations are called on; the first is what an operation is called with first. */
import { conversationWebhook, messageWebhook, typingWebhook } from './webhooks/webhooks.fixture.ts';

const client = '/public/api/v1/inboxes/{inbox_identifier}/contacts/{source_id}/conversations/{conversation_id}';
const agents = '/api/v1/accounts/{account_id}';
const profile = { account_id: 1, availability: 'busy', auto_offline: false };
const said = { content: 'hi', status: 'delivered' };
const form = { submitted_values: [{ name: 'email', value: 'jane@acme.inc' }] };
const account = '/platform/api/v1/accounts';

export const rightBodies: Readonly<Record<string, readonly unknown[]>> = {
  '/v1/accounts/{account_id}/webhooks/chatwoot': [
    conversationWebhook('conversation_created'),
    conversationWebhook('conversation_updated'),
    messageWebhook('message_created', 40),
    typingWebhook('on', { id: 12, type: 'contact' }),
  ],
  '/v1/accounts/{account_id}/events': [{ type: 'team.created', data: { id: 900, name: 'support' } }],
  '/v1/accounts/{account_id}/typing': [{ conversation_id: 1, status: 'on', user_id: 1 }],
  [`${client}/messages`]: [said],
  [`${client}/messages/{message_id}`]: [form, { submitted_values: { csat_survey_response: { rating: 5 } } }],
  '/api/v1/profile/availability': [{ profile }],
  '/api/v1/profile/auto_offline': [{ profile }],
  [`${agents}/conversations`]: [{ inbox_id: 1, contact_id: 1, message: { content: 'hi' } }],
  [`${agents}/conversations/{conversation_id}/messages`]: [said],
  [`${agents}/conversations/{conversation_id}/messages/{message_id}`]: [said],
  [`${agents}/actions/contact_merge`]: [{ base_contact_id: 1, mergee_contact_id: 2 }],
  [`${agents}/agents`]: [{ name: 'Bob', email: 'bob@acme.inc' }],
  [`${agents}/teams`]: [{ name: 'support' }],
  [`${agents}/inboxes`]: [{ name: 'Shop', channel: { type: 'api' } }],
  [`${agents}/inbox_members`]: [{ inbox_id: 1, user_ids: [2] }],
  [account]: [{ name: 'Acme' }],
  '/platform/api/v1/users': [{ account_id: 1, name: 'Bob' }],
  [`${account}/{account_id}/account_users`]: [{ user_id: 2, role: 'administrator' }],
};
