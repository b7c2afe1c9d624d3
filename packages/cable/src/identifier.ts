/**
 * What a subscription is for, read from its identifier: a JSON string naming `RoomChannel` and a token.
 *
 * With a `user_id` it is an agent in one account; without, a customer session. Whether the token is worth anything is
 * not decided here.
 */
import { isObject, jsonIn } from './json.ts';

/** Whom a `RoomChannel` subscription claims to be. */
export type Room =
  | { readonly kind: 'agent'; readonly pubsubToken: string; readonly accountId: number; readonly userId: number }
  | { readonly kind: 'contact'; readonly pubsubToken: string };

export type IdentifierRefusal =
  'malformed_identifier' | 'unknown_channel' | 'missing_token' | 'bad_user_id' | 'bad_account_id';

export type DecodedIdentifier =
  { readonly ok: true; readonly room: Room } | { readonly ok: false; readonly reason: IdentifierRefusal };

/** Decodes an identifier. Ids may be numbers or numeric strings; keys that are not known are ignored. */
export const decodeIdentifier = (identifier: string): DecodedIdentifier => {
  const decoded = jsonIn(identifier);
  if (!decoded.ok || !isObject(decoded.value)) return refused('malformed_identifier');
  const { channel, pubsub_token: pubsubToken, user_id: user, account_id: account } = decoded.value;
  if (channel !== 'RoomChannel') return refused('unknown_channel');
  if (typeof pubsubToken !== 'string' || isBlank(pubsubToken)) return refused('missing_token');
  // The account of a customer is that of their session, whatever the client says.
  if (isBlank(user)) return { ok: true, room: { kind: 'contact', pubsubToken } };
  const userId = idIn(user);
  if (userId === null) return refused('bad_user_id');
  const accountId = idIn(account);
  if (accountId === null) return refused('bad_account_id');
  return { ok: true, room: { kind: 'agent', pubsubToken, accountId, userId } };
};

const refused = (reason: IdentifierRefusal): DecodedIdentifier => ({ ok: false, reason });

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

const idIn = (value: unknown): number | null => {
  if (typeof value !== 'number' && !(typeof value === 'string' && /^\s*\d{1,16}\s*$/.test(value))) return null;
  const id = Number(value);
  return Number.isSafeInteger(id) && id > 0 ? id : null;
};
