/** Accounts, users, agents and teams: what an account is set up from (pure). */
import type { AccountId, Availability, Role, TeamId, UserId } from '@cablehub/events';
import type { Reading, Row } from '@cablehub/projector';
import { defined, draft, invalid, notFound, type Command, type CommandContext, type Draft } from './decision.ts';

/** Makes an account, under an id of its own: that of the context says nothing. */
export const createAccount =
  ({ name }: { readonly name: string }): Command<{ readonly id: AccountId }> =>
  (_views, context) => {
    const id = context.takeId('account') as AccountId;
    const writing = draft({ ...context, accountId: id });
    writing.add('account.created', { name }, 0);
    return writing.decided({ id });
  };

export type AboutUser = { readonly id: UserId };

export type NewUser = {
  readonly name: string;
  readonly availableName?: string | null;
  readonly email?: string | null;
  readonly avatarUrl?: string;
  /** By what the user's token for the HTTP API is recognised. */
  readonly accessTokenHash: string;
  /** Makes them an agent at once. */
  readonly role?: Role;
};

/** Makes a person known to an account. */
export const createUser =
  (wanted: NewUser): Command<AboutUser> =>
  (views, context) => {
    if (views.get('accounts', context.accountId, context.accountId) === null) return notFound;
    const { email = null, role } = wanted;
    if (email !== null && views.userByEmail(context.accountId, email) !== null)
      return invalid('email', 'Email has already been taken');
    const id = context.takeId('user') as UserId;
    const writing = draft(context);
    writing.add(
      'user.created',
      {
        id,
        name: wanted.name,
        ...(wanted.availableName ? { available_name: wanted.availableName } : {}),
        email,
        avatar_url: wanted.avatarUrl ?? '',
        pubsub_token: context.newSecret() as Row<'users'>['pubsubToken'],
        access_token_hash: wanted.accessTokenHash,
      },
      0,
    );
    if (role !== undefined) writing.add('agent.added', { user_id: id, role });
    return writing.decided({ id });
  };

/** Makes a user an agent of the account, or gives them another role. Someone of another account is known here from then on. */
export const addAgent =
  ({ user: id, role }: { readonly user: UserId; readonly role: Role }): Command<AboutUser> =>
  (views, context) => {
    if (views.get('accounts', context.accountId, context.accountId) === null) return notFound;
    const writing = draft(context);
    const agent = views.get('agents', context.accountId, id);
    if (agent !== null) {
      if (agent.role !== role) writing.add('agent.updated', { user_id: id, role }, agent.version);
      return writing.decided({ id });
    }
    if (views.get('users', context.accountId, id) === null && !addKnown(writing, views, id)) return notFound;
    writing.add('agent.added', { user_id: id, role });
    return writing.decided({ id });
  };

const addKnown = ({ add }: Draft, views: Reading, id: UserId): boolean => {
  const [known] = views.usersWithId(id);
  if (known === undefined) return false;
  const data = {
    id,
    name: known.name,
    available_name: known.availableName,
    email: known.email,
    avatar_url: known.avatarUrl,
    pubsub_token: known.pubsubToken,
    access_token_hash: known.accessTokenHash,
  };
  add('user.created', data, 0);
  return true;
};

export type AgentChange = {
  readonly user: UserId;
  readonly name?: string;
  readonly role?: Role;
  readonly availability?: Availability;
  readonly autoOffline?: boolean;
};

/** Changes what an agent is called, may do or has chosen. */
export const updateAgent =
  ({ user: id, name, role, availability, autoOffline }: AgentChange): Command<AboutUser> =>
  (views, context) => {
    const agent = views.get('agents', context.accountId, id);
    const user = views.get('users', context.accountId, id);
    if (agent === null || user === null) return notFound;
    const writing = draft(context);
    if (name !== undefined && name !== user.name) writing.add('user.updated', { id, name }, user.version);
    const unlessSame = <T>(value: T | undefined, old: T): T | undefined => (value === old ? undefined : value);
    const changes = defined({
      role: unlessSame(role, agent.role),
      availability: unlessSame(availability, agent.availability),
      auto_offline: unlessSame(autoOffline, agent.autoOffline),
    });
    // Without a version: presence tells of the same agent at any time, and that is no conflict with what was chosen.
    if (Object.keys(changes).length > 0) writing.add('agent.updated', { user_id: id, ...changes });
    return writing.decided({ id });
  };

/** Takes an agent out of the account; what they wrote stays theirs. */
export const removeAgent =
  (id: UserId): Command<AboutUser> =>
  (views, context) => {
    if (views.get('agents', context.accountId, id) === null) return notFound;
    const writing = draft(context);
    writing.add('agent.removed', { user_id: id });
    return writing.decided({ id });
  };

export const createTeam =
  ({ name }: { readonly name: string }): Command<{ readonly id: TeamId }> =>
  (views, context) => {
    if (isTaken(views, context, name)) return invalid('name', 'Name has already been taken');
    const id = context.takeId('team') as TeamId;
    const writing = draft(context);
    writing.add('team.created', { id, name }, 0);
    return writing.decided({ id });
  };

const isTaken = (views: Reading, { accountId }: CommandContext, name: string): boolean =>
  views.teamsOf(accountId).some((team) => team.name.toLowerCase() === name.toLowerCase());
