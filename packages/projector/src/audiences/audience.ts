/**
 * Who may hear what (pure). The rules are the article's; where today's product tells more people, the article stands.
 *
 * An error here shows a private note to a customer, so every rule is small and has its counter-example in the spec.
 */
import type { ContactInboxId, UserId } from '@cablehub/events';
import type { Row } from '../schema.ts';
import type { ReadViews } from '../views.ts';

/**
 * The account's administrators and the members of the conversation's inbox, by id. Nobody else, not even an assignee.
 *
 * The same list for as long as the views give the same administrators and members: to make that of a thousand agents for every event
 * took a tenth of a projector's time.
 */
export const agentsOf = (views: ReadViews, { accountId, inboxId }: Place): readonly UserId[] => {
  const administrators = views.administratorsOf(accountId);
  const members = views.get('inboxes', accountId, inboxId)?.members ?? nobody;
  const known = lists.get(administrators) ?? new WeakMap<readonly UserId[], readonly UserId[]>();
  const made = known.get(members);
  if (made !== undefined) return made;
  const agents = members.filter((member) => views.get('agents', accountId, member) !== null);
  const list = [...new Set([...administrators, ...agents])].toSorted((a, b) => a - b);
  lists.set(administrators, known.set(members, list));
  return list;
};

type Place = Pick<Row<'conversations'>, 'accountId' | 'inboxId'>;

const nobody: readonly UserId[] = [];
/** By administrators, then by members. */
const lists = new WeakMap<readonly UserId[], WeakMap<readonly UserId[], readonly UserId[]>>();

/**
 * The customer sessions of a conversation: its own; and when that one is verified, all verified sessions of the same
 * contact, whatever their inbox. A session that is not verified hears of no other.
 */
export const sessionsOf = (views: ReadViews, conversation: Row<'conversations'>): readonly Row<'contactInboxes'>[] => {
  const { accountId, contactInboxId } = conversation;
  const own = views.get('contactInboxes', accountId, contactInboxId);
  if (own === null) return [];
  if (!own.hmacVerified) return [own];
  return views.sessionsOf(accountId, own.contactId).filter((session) => session.hmacVerified);
};

/** Who hears that somebody types: the agents and that one session, without the typist; a private note's only agents. */
export const typingAudience = (
  views: ReadViews,
  conversation: Row<'conversations'>,
  typing: { readonly typist: { userId: UserId } | { contactInboxId: ContactInboxId }; readonly isPrivate: boolean },
): { readonly users: readonly UserId[]; readonly session: Row<'contactInboxes'> | null } => {
  const { typist, isPrivate } = typing;
  const users = agentsOf(views, conversation).filter((user) => !('userId' in typist && user === typist.userId));
  const isOwnTyping = 'contactInboxId' in typist && typist.contactInboxId === conversation.contactInboxId;
  const session = views.get('contactInboxes', conversation.accountId, conversation.contactInboxId);
  return { users, session: isPrivate || isOwnTyping ? null : session };
};
