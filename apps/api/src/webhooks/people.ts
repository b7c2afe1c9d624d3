/** Who and what a webhook speaks of besides its subject: made when the hub does not know them yet (pure). */
import type { ContactId, InboxId, Sender, TeamId, UserId } from '@cablehub/events';
import { changedAt, type ContactSaid, type MessageSaid, type Person } from './payload.ts';
import type { Writing } from './writing.ts';

type Named = { readonly id: number; readonly name?: string | null | undefined };

/** What an event takes as a name: never empty, never longer than it may be. */
const nameOf = (kind: string, { id, name }: Named): string => name?.trim().slice(0, 255) || `${kind} ${id}`;

/** An account has its name once and for all, so only a webhook that tells it makes one. */
export const knowAccount = ({ knows, accountId, add }: Writing, account: MessageSaid['account']): void => {
  if (account?.name && !knows('account', accountId))
    add('account.created', { name: nameOf('Account', account) }, { at: null });
};

type InboxSaid = {
  readonly id: InboxId;
  readonly name?: string | null | undefined;
  readonly channel?: string | null | undefined;
};

/** A conversation tells of its inbox only the channel; the name comes with the first message. */
export const knowInbox = ({ views, accountId, knows, add }: Writing, { id, name, channel }: InboxSaid): void => {
  const standIn = nameOf('Inbox', { id });
  if (!knows('inbox', id)) {
    const known = /^Channel::[A-Za-z]{1,64}$/.test(channel ?? '') ? (channel ?? '') : 'Channel::Api';
    return add('inbox.created', { id, name: nameOf('Inbox', { id, name }), channel: known }, { at: null });
  }
  const row = views.get('inboxes', accountId, id);
  if (name && row?.name === standIn && name !== standIn)
    add('inbox.updated', { id, name: nameOf('Inbox', { id, name }) }, { at: null, version: row.version });
};

const isBot = ({ type }: Person): boolean => type != null && /bot|assistant/i.test(type);
const isUser = ({ type }: Person): boolean => type?.toLowerCase() === 'user';

const pictureOf = ({ avatar_url: url, thumbnail, avatar }: Person): string => url || thumbnail || avatar || '';

/** Nobody knows the token of one who is made here: it opens nothing until a `user.updated` gives them their own. */
export const knowUser = ({ knows, add, newSecret }: Writing, person: Person): UserId => {
  const id = person.id as UserId;
  if (knows('user', id)) return id;
  const name = nameOf('User', person);
  const data = {
    id,
    name,
    available_name: person.available_name?.slice(0, 255) || name,
    avatar_url: pictureOf(person),
    email: person.email ?? null,
    pubsub_token: newSecret() as never,
  };
  add('user.created', data, { at: null });
  return id;
};

/** Whom a conversation is assigned to. Bots are not among the hub's people. */
export const assigneeOf = (writing: Writing, person: Person | null): UserId | null =>
  person === null || isBot(person) ? null : knowUser(writing, person);

export const knowTeam = ({ knows, add }: Writing, team: (Named & { readonly id: TeamId }) | null): TeamId | null => {
  if (team === null) return null;
  if (!knows('team', team.id)) add('team.created', { id: team.id, name: nameOf('Team', team) }, { at: null });
  return team.id;
};

const contactFields = (person: Person) => ({
  name: nameOf('Contact', person),
  email: person.email || null,
  phone_number: person.phone_number || null,
  identifier: person.identifier || null,
  thumbnail: person.thumbnail || person.avatar || '',
  additional_attributes: person.additional_attributes ?? {},
  custom_attributes: person.custom_attributes ?? {},
  blocked: person.blocked ?? false,
});

export const knowContact = ({ knows, add }: Writing, person: Person, at: number | null): ContactId => {
  const id = person.id as ContactId;
  if (!knows('contact', id)) add('contact.created', { id, ...contactFields(person) }, { at });
  return id;
};

/** Who wrote a message. A contact's webhook shape has no type in most versions, a user's and a bot's always has. */
export const senderOf = (writing: Writing, message: MessageSaid, at: number | null): Sender | null => {
  const person = message.sender ?? message.contact;
  if (person == null) return null;
  if (isUser(person)) return { type: 'User', id: knowUser(writing, person) };
  if (!isBot(person)) return { type: 'Contact', id: knowContact(writing, person, at) };
  return { type: 'AgentBot', id: person.id, name: nameOf('Bot', person), avatar_url: pictureOf(person) };
};

/** Who types; null: a bot, or nobody that could be named. */
export const isTypingUser = isUser;
export const isTypingContact = (person: Person): boolean => !isUser(person) && !isBot(person);

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What a contact's own webhook says: everything when it is new, else what became different, unless that is older. */
export const takeContact = (writing: Writing, said: ContactSaid): void => {
  const { views, accountId, add } = writing;
  knowAccount(writing, said.account);
  const at = changedAt(said);
  const row = views.get('contacts', accountId, said.id);
  if (row === null) return void knowContact(writing, said, at);
  if (at !== null && at < row.updatedAt) return;
  const before = {
    name: row.name,
    email: row.email,
    phone_number: row.phoneNumber,
    identifier: row.identifier,
    thumbnail: row.thumbnail,
    additional_attributes: row.additionalAttributes,
    custom_attributes: row.customAttributes,
    blocked: row.blocked,
  };
  const told = toldIn(said);
  const changes = Object.fromEntries(
    Object.entries(contactFields(said)).filter(
      ([key, value]) => told.has(key) && !same(value, before[key as keyof typeof before]),
    ),
  );
  if (Object.keys(changes).length > 0)
    add('contact.updated', { id: said.id, ...changes }, { at, version: row.version });
};

/** The fields that a webhook speaks of: older versions leave most of them out, which does not empty them. */
const toldIn = (said: ContactSaid): ReadonlySet<string> => {
  const keys = Object.entries(said).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  return new Set(said.avatar == null ? keys : [...keys, 'thumbnail']);
};
