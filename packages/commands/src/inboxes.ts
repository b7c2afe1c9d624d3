/** Inboxes: made, changed, and who their members are (pure). */
import type { InboxId, UserId } from '@cablehub/events';
import { defined, draft, invalid, notFound, type Command } from './decision.ts';

export type AboutInbox = { readonly id: InboxId };

export type NewInbox = {
  readonly name: string;
  readonly channel: 'Channel::Api' | 'Channel::WebWidget';
  readonly hmacMandatory?: boolean;
  readonly lockToSingleConversation?: boolean;
};

/** Makes an inbox. One of the API gets the identifier by which the Client API addresses it. */
export const createInbox =
  ({ name, channel, hmacMandatory = false, lockToSingleConversation = false }: NewInbox): Command<AboutInbox> =>
  (_views, context) => {
    const id = context.takeId('inbox') as InboxId;
    const writing = draft(context);
    const data = {
      id,
      name,
      channel,
      identifier: channel === 'Channel::Api' ? context.newSecret() : null,
      hmac_token: context.newSecret(),
      hmac_mandatory: hmacMandatory,
      lock_to_single_conversation: lockToSingleConversation,
    };
    writing.add('inbox.created', data, 0);
    return writing.decided({ id });
  };

export type InboxChange = {
  readonly inbox: InboxId;
  readonly name?: string;
  readonly hmacMandatory?: boolean;
  readonly lockToSingleConversation?: boolean;
};

export const updateInbox =
  ({ inbox: id, name, hmacMandatory, lockToSingleConversation }: InboxChange): Command<AboutInbox> =>
  (views, context) => {
    const inbox = views.get('inboxes', context.accountId, id);
    if (inbox === null) return notFound;
    const changes = defined({
      name,
      hmac_mandatory: hmacMandatory,
      lock_to_single_conversation: lockToSingleConversation,
    });
    const writing = draft(context);
    if (Object.keys(changes).length > 0) writing.add('inbox.updated', { id, ...changes }, inbox.version);
    return writing.decided({ id });
  };

export type Membership = {
  readonly inbox: InboxId;
  readonly users: readonly UserId[];
  /** `replace`: these and nobody else. */
  readonly change: 'add' | 'remove' | 'replace';
};

/** Changes who the members of an inbox are. Members are agents of the account. */
export const changeMembers =
  ({ inbox: id, users, change }: Membership): Command<AboutInbox> =>
  (views, context) => {
    const inbox = views.get('inboxes', context.accountId, id);
    if (inbox === null) return notFound;
    const isStranger = (user: UserId): boolean => views.get('agents', context.accountId, user) === null;
    if (change !== 'remove' && users.some(isStranger)) return invalid('user_ids', 'User must exist');
    const added = change === 'remove' ? [] : users.filter((user) => !inbox.members.includes(user));
    const leaving = change === 'remove' ? users : inbox.members.filter((user) => !users.includes(user));
    const removed = change === 'add' ? [] : leaving.filter((user) => inbox.members.includes(user));
    const writing = draft(context);
    if (added.length + removed.length > 0)
      writing.add('inbox.members_changed', { id, added: [...added], removed: [...removed] }, inbox.version);
    return writing.decided({ id });
  };
