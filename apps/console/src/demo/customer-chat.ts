/** What a customer sees of their one conversation, folded from answers and frames (pure). */
import type { Conversation, ConversationStatus, Frame, Message } from '../api/shapes.ts';
import { TYPING_MS, wasMissed, type Hearing } from './agent-inbox.ts';
import { told, type Presence, type Told } from './frame.ts';
import { merge, mergeAll, type Coming, type Thread } from './thread.ts';

export type CustomerChat = {
  /** Null until the first message is sent. */
  readonly conversationId: number | null;
  readonly status: ConversationStatus;
  /** It was read over HTTP after the socket was back, and not told by it yet. */
  readonly isStatusRead: boolean;
  readonly thread: Thread;
  readonly typing: { readonly name: string; readonly until: number } | null;
  readonly users: Presence;
  /** Messages of agents that the customer has not looked at. */
  readonly unread: number;
  readonly cameBack: number;
};

export const emptyChat: CustomerChat = {
  conversationId: null,
  status: 'open',
  isStatusRead: false,
  thread: [],
  typing: null,
  users: {},
  unread: 0,
  cameBack: 0,
};

export const hearAsCustomer = (chat: CustomerChat, frame: Frame, hearing: Hearing): CustomerChat => {
  const what = told(frame);
  switch (what.kind) {
    case 'message':
      return hearMessage(chat, what.message, wasMissed(frame, hearing));
    case 'conversation':
      return hearStatus(chat, what.conversation, wasMissed(frame, hearing));
    case 'typing':
      return hearTyping(chat, what, hearing.now);
    case 'presence':
      return { ...chat, users: what.users };
    case 'contact':
    case 'other':
      return chat;
  }
};

type Heard<Kind extends Told['kind']> = Extract<Told, { readonly kind: Kind }>;

const hearStatus = (chat: CustomerChat, { id, status }: Conversation, missed: boolean): CustomerChat =>
  id !== chat.conversationId || (status === chat.status && !chat.isStatusRead)
    ? chat
    : { ...chat, status, isStatusRead: false, cameBack: chat.cameBack + Number(missed) };

const hearTyping = (chat: CustomerChat, { isOn, conversationId, user }: Heard<'typing'>, now: number): CustomerChat =>
  conversationId !== chat.conversationId || user.type === 'contact'
    ? chat
    : { ...chat, typing: isOn ? { name: user.name, until: now + TYPING_MS } : null };

const hearMessage = (chat: CustomerChat, message: Message, missed: boolean): CustomerChat => {
  if (message.conversation_id !== chat.conversationId) return chat;
  const isKnown = chat.thread.some(({ id }) => id === message.id);
  const { thread, isNews } = merge(chat.thread, message, missed ? 'missed' : 'live');
  const isReply = message.message_type !== 0;
  return {
    ...chat,
    thread,
    typing: isReply && !isKnown ? null : chat.typing,
    unread: chat.unread + Number(isReply && !isKnown),
    cameBack: chat.cameBack + Number(missed && isNews),
  };
};

export const startedWith = (
  chat: CustomerChat,
  { id, status, messages }: { id: number; status?: ConversationStatus; messages?: readonly Message[] },
  coming: Coming = 'live',
): CustomerChat => ({
  ...chat,
  conversationId: id,
  status: status ?? chat.status,
  isStatusRead: coming === 'read' && (chat.isStatusRead || (status ?? chat.status) !== chat.status),
  thread: mergeAll(chat.thread, messages ?? [], coming),
});

/** Whether anybody is there to answer. */
export const isAnswered = ({ users }: CustomerChat): boolean => Object.values(users).includes('online');
