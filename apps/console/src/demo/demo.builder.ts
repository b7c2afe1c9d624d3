/** Messages, conversations and frames for the specifications. */
import type { Conversation, Frame, Message } from '../api/shapes.ts';

export const message = (over: Partial<Message> = {}): Message => ({
  id: 1,
  content: 'Hello',
  conversation_id: 7,
  message_type: 0,
  status: 'sent',
  created_at: 100,
  updated_at: '2026-01-01T00:00:00.000Z',
  ...over,
});

export const conversation = (over: Partial<Conversation> = {}): Conversation => ({
  id: 7,
  inbox_id: 1,
  status: 'open',
  unread_count: 0,
  last_activity_at: 100,
  created_at: 100,
  updated_at: 100.5,
  messages: [],
  meta: { sender: { id: 3, name: 'Ada' }, assignee: null, team: null },
  ...over,
});

export const frame = (event: string, data: object): Frame => ({ event, data: data as Frame['data'] });
