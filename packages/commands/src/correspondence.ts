/** An agent begins a conversation with a customer, with or without a first message (pure). */
import type {
  Attributes,
  ContactId,
  ContactInboxId,
  ConversationId,
  ConversationStatus,
  InboxId,
  TeamId,
  UserId,
} from '@cablehub/events';
import type { Reading } from '@cablehub/projector';
import { addSession } from './contacts.ts';
import { addConversation, agentNamed, teamNamed, type AboutConversation } from './conversations.ts';
import { draft, invalid, notFound, type Command, type CommandContext, type Draft } from './decision.ts';
import { addOutgoing, isBlank, type MessageContent } from './messages.ts';

export type Correspondence = {
  readonly inbox: InboxId;
  /** Of a session in the inbox; absent: the contact's newest there, else one that is made. */
  readonly sourceId?: string;
  readonly contact?: ContactId;
  readonly isVerified?: boolean;
  readonly status?: ConversationStatus;
  readonly assignee?: UserId | null;
  readonly team?: TeamId | null;
  readonly additionalAttributes?: Attributes;
  readonly customAttributes?: Attributes;
  readonly message?: MessageContent & { readonly isPrivate?: boolean };
  readonly by: UserId;
};

export const beginCorrespondence =
  (wanted: Correspondence): Command<AboutConversation> =>
  (views, context) => {
    if (views.get('inboxes', context.accountId, wanted.inbox) === null) return notFound;
    if (wanted.message !== undefined && isBlank(wanted.message.content))
      return invalid('content', "Content can't be blank");
    const writing = draft(context);
    const session = sessionFor(views, context, { wanted, writing });
    if (session === null) return notFound;
    const { message, by } = wanted;
    const assignee = agentNamed(views, context, wanted.assignee ?? null).id;
    const team = teamNamed(views, context, wanted.team ?? null).id;
    const place = { session, inboxId: wanted.inbox, assignee, team };
    const conversation = addConversation(writing, context, { ...wanted, ...place });
    tellGiven(writing, { conversation, by, assignee, team });
    if (message !== undefined)
      addOutgoing(writing, context, { conversation, by, isPrivate: message.isPrivate ?? false, said: message });
    return writing.decided({ id: conversation });
  };

type Given = {
  readonly conversation: ConversationId;
  readonly by: UserId;
  readonly assignee: UserId | null;
  readonly team: TeamId | null;
};

/** A conversation begins with whom it is given to; whoever waits for assignments hears of that as of any other. */
const tellGiven = ({ add }: Draft, { conversation: id, by, assignee, team }: Given): void => {
  if (assignee !== null) add('conversation.assignee_changed', { id, assignee_id: assignee, performer_id: by });
  if (team !== null) add('conversation.team_changed', { id, team_id: team, performer_id: by });
};

type Wanting = { readonly wanted: Correspondence; readonly writing: Draft };

const sessionFor = (views: Reading, context: CommandContext, { wanted, writing }: Wanting): ContactInboxId | null => {
  const { accountId } = context;
  const { inbox, sourceId, contact } = wanted;
  const known =
    sourceId === undefined
      ? contact === undefined
        ? null
        : (views.sessionsOf(accountId, contact).findLast(({ inboxId }) => inboxId === inbox) ?? null)
      : views.sessionBySource(accountId, inbox, sourceId);
  if (known !== null) return known.id;
  if (contact === undefined || views.get('contacts', accountId, contact) === null) return null;
  return addSession(writing, context, { inbox, contact, sourceId, isVerified: wanted.isVerified ?? false });
};
