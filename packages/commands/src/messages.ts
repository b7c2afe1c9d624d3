/** Messages: written by a customer or an agent, answered to, marked, deleted (pure). */
import type { Attachment, Attributes, ConversationId, MessageId, MessageStatus, UserId } from '@cablehub/events';
import type { Row } from '@cablehub/projector';
import { reopenedText, tell } from './activity.ts';
import {
  draft,
  forbidden,
  invalid,
  notFound,
  refused,
  type Command,
  type CommandContext,
  type Draft,
} from './decision.ts';

export type AboutMessage = { readonly id: MessageId };

export type MessageContent = {
  readonly content: string | null;
  readonly contentType?: string;
  readonly contentAttributes?: Attributes;
  readonly echoId?: string;
  readonly sourceId?: string | null;
  /** Its files, kept already; at most 15. Default: none. */
  readonly attachments?: readonly Omit<Attachment, 'id'>[];
};

const FLOOD = { messages: 200, withinMs: 60_000 } as const;
export const API_CHANNEL = 'Channel::Api';

/** A customer writes. What is resolved or snoozed opens again, unless the customer is blocked. */
export const writeAsContact =
  ({ conversation: id, ...said }: MessageContent & { readonly conversation: ConversationId }): Command<AboutMessage> =>
  (views, context) => {
    const conversation = views.get('conversations', context.accountId, id);
    if (conversation === null) return notFound;
    const flood = views.messagesSince(context.accountId, id, floodBefore(context));
    if (flood >= FLOOD.messages) return refused('Too many messages');
    if (isEmpty(said)) return invalid('content', "Content can't be blank");
    const isBlocked = views.get('contacts', context.accountId, conversation.contactId)?.blocked ?? false;
    const writing = draft(context);
    return writing.decided({ id: addIncoming(writing, context, { conversation, said, isBlocked }) });
  };

export type AgentsMessage = MessageContent & {
  readonly conversation: ConversationId;
  readonly by: UserId;
  readonly messageType?: 'outgoing' | 'incoming';
  readonly isPrivate?: boolean;
};

/** An agent writes; in an inbox of the API also what the customer said elsewhere. */
export const writeAsAgent =
  ({
    conversation: id,
    by,
    messageType = 'outgoing',
    isPrivate = false,
    ...said
  }: AgentsMessage): Command<AboutMessage> =>
  (views, context) => {
    const conversation = views.get('conversations', context.accountId, id);
    if (conversation === null) return notFound;
    const flood = views.messagesSince(context.accountId, id, floodBefore(context));
    if (flood >= FLOOD.messages) return refused('Too many messages');
    if (isEmpty(said)) return invalid('content', "Content can't be blank");
    const writing = draft(context);
    if (messageType === 'outgoing')
      return writing.decided({ id: addOutgoing(writing, context, { conversation: id, by, isPrivate, said }) });
    const inbox = views.get('inboxes', context.accountId, conversation.inboxId);
    if (inbox?.channel !== API_CHANNEL) return refused('Incoming messages are only allowed in Api inboxes');
    const isBlocked = views.get('contacts', context.accountId, conversation.contactId)?.blocked ?? false;
    return writing.decided({ id: addIncoming(writing, context, { conversation, said, isBlocked }) });
  };

const floodBefore = ({ now }: CommandContext) => ({ since: Date.parse(now) - FLOOD.withinMs, of: FLOOD.messages });

const isEmpty = ({ content, attachments = [] }: MessageContent): boolean =>
  isBlank(content) && attachments.length === 0;

export const isBlank = (text: string | null | undefined): boolean => text == null || text.trim() === '';

type Incoming = {
  readonly conversation: Pick<Row<'conversations'>, 'id' | 'status' | 'version' | 'contactId'>;
  readonly said: MessageContent;
  readonly isBlocked: boolean;
};

const addIncoming = (writing: Draft, context: CommandContext, { conversation, said, isBlocked }: Incoming) => {
  const isReopened = !isBlocked && ['resolved', 'snoozed'].includes(conversation.status);
  if (isReopened)
    writing.add('conversation.status_changed', { id: conversation.id, status: 'open' }, conversation.version);
  const id = context.takeId('message') as MessageId;
  writing.add(
    'message.created',
    {
      id,
      conversation_id: conversation.id,
      message_type: 'incoming',
      sender: { type: 'Contact', id: conversation.contactId },
      ...contentOf(said, context),
    },
    0,
  );
  if (isReopened) tell(writing, context, { conversation: conversation.id, text: reopenedText });
  return id;
};

type Outgoing = {
  readonly conversation: ConversationId;
  readonly by: UserId;
  readonly isPrivate: boolean;
  readonly said: MessageContent;
};

/** Adds an agent's message to a draft. */
export const addOutgoing = (writing: Draft, context: CommandContext, wanted: Outgoing): MessageId => {
  const id = context.takeId('message') as MessageId;
  writing.add(
    'message.created',
    {
      id,
      conversation_id: wanted.conversation,
      message_type: 'outgoing',
      private: wanted.isPrivate,
      sender: { type: 'User', id: wanted.by },
      performer_id: wanted.by,
      ...contentOf(wanted.said, context),
    },
    0,
  );
  return id;
};

const contentOf = (said: MessageContent, context: CommandContext) => ({
  content: said.content,
  content_type: said.contentType ?? 'text',
  content_attributes: said.contentAttributes ?? {},
  source_id: said.sourceId ?? null,
  attachments: (said.attachments ?? []).map((one) => ({ ...one, id: context.takeId('attachment') }) as Attachment),
  ...(said.echoId === undefined ? {} : { echo_id: said.echoId }),
});

const CSAT_DAYS = 14;
const DAY_MS = 86_400_000;

export type Submission = {
  readonly conversation: ConversationId;
  readonly message: MessageId;
  readonly submittedValues: Attributes[string];
};

/** A customer fills in what a message asks for. A rating can be given for 14 days. */
export const submitValues =
  ({ conversation, message: id, submittedValues }: Submission): Command<AboutMessage> =>
  (views, context) => {
    const message = views.get('messages', context.accountId, id);
    if (message === null || message.conversationId !== conversation || !message.isChat) return notFound;
    if (message.contentType === 'input_csat' && Date.parse(context.now) - message.createdAt > CSAT_DAYS * DAY_MS)
      return refused('You cannot update the CSAT survey after 14 days');
    const writing = draft(context);
    const attributes = { ...message.contentAttributes, submitted_values: submittedValues };
    writing.add('message.updated', { id, content_attributes: attributes }, message.version);
    return writing.decided({ id });
  };

export type StatusReport = {
  readonly conversation: ConversationId;
  readonly message: MessageId;
  readonly status: MessageStatus;
  readonly externalError?: string;
};

/** A channel of the API tells what became of a message. What was read stays read. */
export const reportStatus =
  ({ conversation: within, message: id, status, externalError }: StatusReport): Command<AboutMessage> =>
  (views, context) => {
    const message = views.get('messages', context.accountId, id);
    const conversation = views.get('conversations', context.accountId, within);
    if (message === null || conversation === null || message.conversationId !== within) return notFound;
    const inbox = views.get('inboxes', context.accountId, conversation.inboxId);
    if (inbox?.channel !== API_CHANNEL) return forbidden('Message status update is only allowed for API inboxes');
    const writing = draft(context);
    if (message.status !== status && !isBackwards(message.status, status))
      writing.add('message.updated', { id, status, ...failureOf(message, externalError) }, message.version);
    return writing.decided({ id });
  };

const isBackwards = (from: MessageStatus, to: MessageStatus): boolean => from === 'read' && to === 'delivered';

const failureOf = ({ contentAttributes }: Row<'messages'>, externalError: string | undefined) =>
  externalError === undefined ? {} : { content_attributes: { ...contentAttributes, external_error: externalError } };

export type Deletion = { readonly conversation: ConversationId; readonly message: MessageId; readonly by: UserId };

/** Takes a message's content away; the message stays in its place. */
export const deleteMessage =
  ({ conversation, message: id, by }: Deletion): Command<AboutMessage> =>
  (views, context) => {
    const message = views.get('messages', context.accountId, id);
    if (message === null || message.conversationId !== conversation) return notFound;
    const writing = draft(context);
    if (message.contentAttributes['deleted'] === true) return writing.decided({ id });
    const data = {
      id,
      content: 'This message was deleted',
      content_type: 'text',
      content_attributes: { deleted: true },
      attachments: [],
      performer_id: by,
    };
    writing.add('message.updated', data, message.version);
    return writing.decided({ id });
  };
