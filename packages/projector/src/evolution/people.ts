/** Accounts, users, agents, inboxes and teams: who there is, and who may hear what. */
import type { EventType, UserId, AccountId } from '@cablehub/events';
import type { Row } from '../schema.ts';
import type { ReadViews } from '../views.ts';
import {
  changed,
  existing,
  unknown,
  wrote,
  type Evolves,
  type GrantChange,
  type Rewrite,
  type Unversioned,
} from './evolution.ts';

type PeopleEvent = Extract<EventType, `${'account' | 'user' | 'agent' | 'inbox' | 'team'}.${string}`>;

export const people: Evolves<PeopleEvent> = {
  'account.created': (views, { accountId, data }) =>
    views.get('accounts', accountId, accountId) === null
      ? wrote({ table: 'accounts', row: { accountId, id: accountId, name: data.name } })
      : existing('account', accountId),

  'user.created': (views, { accountId, data }) => {
    if (views.get('users', accountId, data.id) !== null) return existing('user', data.id);
    const row: Unversioned<'users'> = {
      accountId,
      id: data.id,
      name: data.name,
      availableName: data.available_name ?? data.name,
      avatarUrl: data.avatar_url,
      email: data.email,
      pubsubToken: data.pubsub_token,
      accessTokenHash: data.access_token_hash,
    };
    const isAgent = views.get('agents', accountId, data.id) !== null;
    return { ok: true, writes: [{ table: 'users', row }], grants: isAgent ? [granted(row)] : [] };
  },

  'user.updated': (views, { accountId, data }) => {
    const old = views.get('users', accountId, data.id);
    if (old === null) return unknown('user', data.id);
    const row = changed(old, {
      name: data.name,
      // Who shows their own name goes on showing it when it changes.
      availableName: data.available_name ?? (old.availableName === old.name ? data.name : undefined),
      avatarUrl: data.avatar_url,
      email: data.email,
      pubsubToken: data.pubsub_token,
      accessTokenHash: data.access_token_hash,
    });
    const isRenewed = row.pubsubToken !== old.pubsubToken && views.get('agents', accountId, data.id) !== null;
    return { ok: true, writes: [{ table: 'users', row }], grants: isRenewed ? [revoked(old), granted(row)] : [] };
  },

  'agent.added': (views, { accountId, data }) => {
    if (views.get('agents', accountId, data.user_id) !== null) return existing('agent', data.user_id);
    const row: Unversioned<'agents'> = {
      accountId,
      id: data.user_id,
      role: data.role,
      availability: data.availability,
      autoOffline: data.auto_offline,
      status: data.auto_offline ? 'offline' : data.availability,
    };
    const user = views.get('users', accountId, data.user_id);
    return { ok: true, writes: [{ table: 'agents', row }], grants: user === null ? [] : [granted(user)] };
  },

  'agent.updated': (views, { accountId, data }) => {
    const old = views.get('agents', accountId, data.user_id);
    if (old === null) return unknown('agent', data.user_id);
    const { role, availability, auto_offline: autoOffline } = data;
    return wrote({ table: 'agents', row: changed(old, { role, availability, autoOffline }) });
  },

  'agent.removed': (views, { accountId, data }) => {
    if (views.get('agents', accountId, data.user_id) === null) return unknown('agent', data.user_id);
    const user = views.get('users', accountId, data.user_id);
    const leaving = membershipsEnded(views, accountId, data.user_id);
    return {
      ok: true,
      writes: [{ table: 'agents', remove: { accountId, id: data.user_id } }, ...leaving],
      grants: user === null ? [] : [revoked(user)],
    };
  },

  'agent.availability_changed': (views, { accountId, data }) => {
    const old = views.get('agents', accountId, data.user_id);
    if (old === null) return unknown('agent', data.user_id);
    return wrote({ table: 'agents', row: { ...old, status: data.availability } });
  },

  'inbox.created': (views, { accountId, data }) =>
    views.get('inboxes', accountId, data.id) === null
      ? wrote({
          table: 'inboxes',
          row: {
            accountId,
            id: data.id,
            name: data.name,
            channel: data.channel,
            members: [],
            identifier: data.identifier,
            hmacToken: data.hmac_token,
            hmacMandatory: data.hmac_mandatory,
            lockToSingleConversation: data.lock_to_single_conversation,
          },
        })
      : existing('inbox', data.id),

  'inbox.updated': (views, { accountId, data }) => {
    const old = views.get('inboxes', accountId, data.id);
    if (old === null) return unknown('inbox', data.id);
    const row = changed(old, {
      name: data.name,
      hmacToken: data.hmac_token,
      hmacMandatory: data.hmac_mandatory,
      lockToSingleConversation: data.lock_to_single_conversation,
    });
    return wrote({ table: 'inboxes', row });
  },

  'inbox.members_changed': (views, { accountId, data }) => {
    const old = views.get('inboxes', accountId, data.id);
    if (old === null) return unknown('inbox', data.id);
    const members = new Set([...old.members, ...data.added]);
    for (const user of data.removed) members.delete(user);
    return wrote({ table: 'inboxes', row: { ...old, members: [...members].toSorted((a, b) => a - b) } });
  },

  'team.created': (views, { accountId, data }) =>
    views.get('teams', accountId, data.id) === null
      ? wrote({ table: 'teams', row: { accountId, ...data } })
      : existing('team', data.id),

  'team.updated': (views, { accountId, data }) =>
    views.get('teams', accountId, data.id) === null
      ? unknown('team', data.id)
      : wrote({ table: 'teams', row: { accountId, ...data } }),
};

const membershipsEnded = (views: ReadViews, accountId: AccountId, user: UserId): readonly Rewrite[] =>
  views.inboxesOf(accountId, user).flatMap((id) => {
    const inbox = views.get('inboxes', accountId, id);
    if (inbox === null) return [];
    return [{ table: 'inboxes', row: { ...inbox, members: inbox.members.filter((member) => member !== user) } }];
  });

type Bearer = Pick<Row<'users'>, 'accountId' | 'id' | 'pubsubToken'>;
const grantOf = (user: Bearer) => ({ kind: 'agent', accountId: user.accountId, userId: user.id }) as const;
const granted = (user: Bearer): GrantChange => ({
  kind: 'granted',
  token: user.pubsubToken,
  grant: grantOf(user),
});
const revoked = (user: Bearer): GrantChange => ({
  kind: 'revoked',
  token: user.pubsubToken,
  grant: grantOf(user),
});
