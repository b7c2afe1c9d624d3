/** What an agent sees: conversations, their messages, who types and who is there, folded from answers and frames (pure). */
import type { Conversation, ConversationStatus, Frame, Message } from '../api/shapes.ts';
import { happenedAt, told, type Presence, type Told, type Typist } from './frame.ts';
import { merge, mergeAll, type Thread } from './thread.ts';

/** Nobody types longer than this without saying so again: the `off` may have been lost. */
export const TYPING_MS = 30_000;

export type AgentInbox = {
  readonly conversations: ReadonlyMap<number, Conversation>;
  /** Only of conversations that were opened. */
  readonly threads: ReadonlyMap<number, Thread>;
  readonly typing: ReadonlyMap<number, { readonly name: string; readonly until: number }>;
  readonly users: Presence;
  readonly contacts: Presence;
  /** How many frames the hub brought back after the socket was down that told something. */
  readonly cameBack: number;
};

export const emptyInbox: AgentInbox = {
  conversations: new Map(),
  threads: new Map(),
  typing: new Map(),
  users: {},
  contacts: {},
  cameBack: 0,
};

/** `missedUntil`: what happened before this, in Unix ms, was missed while the socket was down. */
export type Hearing = { readonly now: number; readonly missedUntil: number | null };

export const wasMissed = (frame: Frame, { missedUntil }: Hearing): boolean => {
  const at = happenedAt(frame);
  return missedUntil !== null && at !== null && at <= missedUntil;
};

export const hear = (inbox: AgentInbox, frame: Frame, hearing: Hearing): AgentInbox => {
  const what = told(frame);
  switch (what.kind) {
    case 'message':
      return hearMessage(inbox, what, wasMissed(frame, hearing));
    case 'conversation':
      return hearConversation(inbox, what.conversation, wasMissed(frame, hearing));
    case 'typing':
      return { ...inbox, typing: typingAfter(inbox.typing, what, hearing.now) };
    case 'presence':
      return { ...inbox, users: what.users, contacts: what.contacts ?? inbox.contacts };
    case 'contact':
      return { ...inbox, conversations: withContact(inbox.conversations, what.contact) };
    case 'other':
      return inbox;
  }
};

type Heard<Kind extends Told['kind']> = Extract<Told, { readonly kind: Kind }>;

const hearMessage = (inbox: AgentInbox, { message, isNew }: Heard<'message'>, missed: boolean): AgentInbox => {
  const id = message.conversation_id;
  const conversation = inbox.conversations.get(id);
  const thread = inbox.threads.get(id);
  const merged = thread && merge(thread, message, missed ? 'missed' : 'live');
  const isNews = merged ? merged.isNews : isNew && message.id > previewed(conversation);
  return {
    ...inbox,
    conversations: conversation
      ? new Map(inbox.conversations).set(id, withMessage(conversation, message))
      : inbox.conversations,
    threads: merged ? new Map(inbox.threads).set(id, merged.thread) : inbox.threads,
    typing: isNew && message.message_type === 0 ? dropped(inbox.typing, id) : inbox.typing,
    cameBack: inbox.cameBack + Number(missed && isNews),
  };
};

const previewed = (conversation: Conversation | undefined): number => conversation?.messages[0]?.id ?? 0;

const withMessage = (conversation: Conversation, message: Heard<'message'>['message']): Conversation => {
  const { unread_count: unread, last_activity_at: lastActivity } = { ...conversation, ...message.conversation };
  const isPreview = message.message_type !== 2 && message.id >= previewed(conversation);
  return {
    ...conversation,
    last_activity_at: Math.max(conversation.last_activity_at, lastActivity),
    unread_count: unread,
    messages: isPreview ? [message] : conversation.messages,
  };
};

const hearConversation = (inbox: AgentInbox, conversation: Conversation, missed: boolean): AgentInbox => {
  const known = inbox.conversations.get(conversation.id);
  if (known && conversation.updated_at < known.updated_at) return inbox;
  const isNews = known === undefined || conversation.updated_at > known.updated_at;
  return { ...upsert(inbox, [conversation]), cameBack: inbox.cameBack + Number(missed && isNews) };
};

/** Conversations as they were fetched or heard; what is known and newer stays. */
export const upsert = (inbox: AgentInbox, conversations: readonly Conversation[]): AgentInbox => {
  const all = new Map(inbox.conversations);
  for (const one of conversations) {
    const known = all.get(one.id);
    if (known === undefined || one.updated_at >= known.updated_at) all.set(one.id, one);
  }
  return { ...inbox, conversations: all };
};

export const withThread = (inbox: AgentInbox, id: number, messages: readonly Message[]): AgentInbox =>
  changeThread(inbox, id, (thread) => mergeAll(thread, messages));

export const changeThread = (inbox: AgentInbox, id: number, change: (thread: Thread) => Thread): AgentInbox => ({
  ...inbox,
  threads: new Map(inbox.threads).set(id, change(inbox.threads.get(id) ?? [])),
});

export const withoutThread = (inbox: AgentInbox, id: number): AgentInbox => ({
  ...inbox,
  threads: dropped(inbox.threads, id),
});

/** The agent has read it. No frame tells that. */
export const seen = (inbox: AgentInbox, id: number): AgentInbox => {
  const known = inbox.conversations.get(id);
  if (known === undefined || known.unread_count === 0) return inbox;
  return { ...inbox, conversations: new Map(inbox.conversations).set(id, { ...known, unread_count: 0 }) };
};

export const withoutStaleTyping = (inbox: AgentInbox, now: number): AgentInbox => {
  const typing = new Map([...inbox.typing].filter(([, { until }]) => until > now));
  return typing.size === inbox.typing.size ? inbox : { ...inbox, typing };
};

const typingAfter = (typing: AgentInbox['typing'], what: Heard<'typing'>, now: number): AgentInbox['typing'] =>
  what.isOn
    ? new Map(typing).set(what.conversationId, { name: nameOf(what.user), until: now + TYPING_MS })
    : dropped(typing, what.conversationId);

const nameOf = ({ name }: Typist): string => name || 'Somebody';

const dropped = <Value>(map: ReadonlyMap<number, Value>, key: number): ReadonlyMap<number, Value> => {
  if (!map.has(key)) return map;
  const result = new Map(map);
  result.delete(key);
  return result;
};

const withContact = (
  conversations: AgentInbox['conversations'],
  contact: Conversation['meta']['sender'],
): AgentInbox['conversations'] =>
  new Map(
    [...conversations].map(([id, one]) =>
      one.meta.sender.id === contact.id ? [id, { ...one, meta: { ...one.meta, sender: contact } }] : [id, one],
    ),
  );

export type Scope = 'mine' | 'unassigned' | 'all';
export type Filter = { readonly scope: Scope; readonly status: ConversationStatus | 'all'; readonly me: number };

const isIn = ({ meta }: Conversation, { scope, me }: Filter): boolean =>
  scope === 'all' || (scope === 'mine' ? meta.assignee?.id === me : meta.assignee == null);

/** The conversations that a filter lets through, those with the latest activity first. */
export const listed = (inbox: AgentInbox, filter: Filter): readonly Conversation[] =>
  [...inbox.conversations.values()]
    .filter((one) => (filter.status === 'all' || one.status === filter.status) && isIn(one, filter))
    .sort((one, other) => other.last_activity_at - one.last_activity_at || other.id - one.id);
