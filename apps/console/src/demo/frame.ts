/** What a frame tells, and when that happened (pure). */
import type { Contact, Conversation, Frame, Message, User } from '../api/shapes.ts';

export type Told =
  | { readonly kind: 'message'; readonly message: Message & MessageConversation; readonly isNew: boolean }
  | { readonly kind: 'conversation'; readonly conversation: Conversation }
  | { readonly kind: 'typing'; readonly isOn: boolean; readonly conversationId: number; readonly user: Typist }
  | { readonly kind: 'presence'; readonly users: Presence; readonly contacts: Presence | null }
  | { readonly kind: 'contact'; readonly contact: Contact }
  | { readonly kind: 'other' };

export type Presence = Readonly<Record<string, string>>;
export type Typist = Pick<User, 'id' | 'name'> & { readonly type: string };
type MessageConversation = {
  readonly conversation?: { readonly unread_count: number; readonly last_activity_at: number };
};

const conversationEvents: ReadonlySet<string> = new Set([
  'conversation.created',
  'conversation.updated',
  'conversation.read',
  'conversation.status_changed',
  'conversation.contact_changed',
  'assignee.changed',
  'team.changed',
]);

export const told = ({ event, data }: Frame): Told => {
  if (event === 'message.created' || event === 'message.updated')
    return { kind: 'message', message: data as unknown as Message, isNew: event === 'message.created' };
  if (conversationEvents.has(event)) return { kind: 'conversation', conversation: data as unknown as Conversation };
  if (event === 'conversation.typing_on' || event === 'conversation.typing_off') {
    const { conversation, user } = data as { conversation: { id: number }; user: Typist };
    return { kind: 'typing', isOn: event.endsWith('_on'), conversationId: conversation.id, user };
  }
  if (event === 'presence.update') {
    const { users, contacts } = data as { users?: Presence; contacts?: Presence };
    return { kind: 'presence', users: users ?? {}, contacts: contacts ?? null };
  }
  if (event.startsWith('contact.')) return { kind: 'contact', contact: data as unknown as Contact };
  return { kind: 'other' };
};

/** When it happened, in Unix ms; null: the frame does not say, or is of the moment. */
export const happenedAt = (frame: Frame): number | null => {
  const { updated_at: updated } = frame.data;
  if (typeof updated === 'number') return updated * 1000;
  if (typeof updated === 'string') return Date.parse(updated);
  return null;
};
