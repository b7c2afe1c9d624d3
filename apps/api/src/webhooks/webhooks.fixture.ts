/** Webhooks as an installation sends them: John answers Jane in the inbox Website. */
import { createHmac } from 'node:crypto';

export type Body = Readonly<Record<string, unknown>>;

/** Ten o'clock and some seconds, as text and as seconds. */
export const isoAt = (seconds: number): string =>
  new Date(Date.UTC(2026, 0, 5, 10, 0, 0) + seconds * 1_000).toISOString();
export const at = (seconds: number): number => Date.parse(isoAt(seconds)) / 1_000;

export const jane = {
  id: 12,
  name: 'Jane',
  email: 'jane@example.com',
  phone_number: null,
  identifier: 'user-7',
  thumbnail: '',
  additional_attributes: { city: 'Lyon' },
  custom_attributes: {},
  blocked: false,
};
export const john = {
  id: 5,
  name: 'John',
  available_name: 'Johnny',
  avatar_url: '',
  type: 'user',
  availability_status: null,
  thumbnail: '',
};

export const JANES_TOKEN = 'Qn5xVdK4hYz8Rb2uWm9cTf3s';

/** The conversation as it is inside every webhook. */
export const conversation = (more: object = {}): Body => ({
  id: 7,
  inbox_id: 3,
  channel: 'Channel::WebWidget',
  additional_attributes: { referer: 'https://example.com/pricing' },
  can_reply: true,
  contact_inbox: {
    id: 21,
    contact_id: 12,
    inbox_id: 3,
    source_id: '6b1e3ca0-7cb0-4e1f-9d2c-6f2d7c6f7a11',
    created_at: isoAt(0),
    updated_at: isoAt(0),
    hmac_verified: false,
    pubsub_token: JANES_TOKEN,
  },
  messages: [],
  labels: ['sales'],
  meta: { sender: { ...jane, type: 'contact' }, assignee: null, assignee_type: null, team: null, hmac_verified: false },
  status: 'open',
  custom_attributes: {},
  snoozed_until: null,
  unread_count: 0,
  first_reply_created_at: null,
  priority: null,
  waiting_since: at(0),
  agent_last_seen_at: 0,
  contact_last_seen_at: 0,
  last_activity_at: at(0),
  timestamp: at(0),
  created_at: at(0),
  updated_at: at(0),
  ...more,
});

export const conversationWebhook = (event: string, more: object = {}): Body => ({ ...conversation(more), event });

/** A message of Jane's, at second `id`. */
export const messageWebhook = (
  event: string,
  id: number,
  { within = {}, ...more }: { within?: object } & Body = {},
): Body => ({
  account: { id: 1, name: 'Acme' },
  additional_attributes: {},
  content_attributes: {},
  content_type: 'text',
  content: 'hi',
  conversation: conversation({ updated_at: at(id), last_activity_at: at(id), timestamp: at(id), ...within }),
  created_at: isoAt(id),
  id,
  inbox: { id: 3, name: 'Website' },
  message_type: 'incoming',
  private: false,
  sender: { account: { id: 1, name: 'Acme' }, avatar: '', ...jane },
  source_id: null,
  event,
  ...more,
});

export const fromJohn = {
  message_type: 'outgoing',
  sender: { id: 5, name: 'John', email: 'john@acme.inc', type: 'user' },
};

export const contactWebhook = (event: string, more: object = {}): Body => ({
  account: { id: 1, name: 'Acme' },
  avatar: '',
  ...jane,
  event,
  ...more,
});

/** Contacts and conversations say so when they were changed. */
export const changedAt = (seconds: number): Body => ({
  changed_attributes: [{ updated_at: { previous_value: isoAt(seconds - 1), current_value: isoAt(seconds) } }],
});

export const typingWebhook = (status: 'on' | 'off', user: object, more: object = {}): Body => ({
  event: `conversation_typing_${status}`,
  user,
  conversation: conversation(),
  is_private: false,
  ...more,
});

/** The headers of a signed webhook. */
export const signed = (secret: string, body: string, now: number): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(now / 1_000));
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'x-chatwoot-timestamp': timestamp, 'x-chatwoot-signature': `sha256=${digest}` };
};
