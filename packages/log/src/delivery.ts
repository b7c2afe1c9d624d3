/** A delivery: one payload for one lane of an account, as it travels from the projector to the gateways. */
import { positionOf, type AccountId, type Position, type UserId } from '@cablehub/events';
import { headers as natsHeaders, type MsgHdrs } from 'nats';
import { headers, type Lane } from './names.ts';

/** Which users of the `agents` lane a delivery is for. The other lanes have nobody to choose from. */
export type Audience =
  | { readonly kind: 'all' }
  | { readonly kind: 'only'; readonly users: readonly UserId[] }
  | { readonly kind: 'except'; readonly users: readonly UserId[] };

/** What a gateway does with a delivery: sends a frame, or ends the subscriptions made with a token. */
export type Delivery = {
  readonly accountId: AccountId;
  readonly lane: Lane;
  /** The position of the event that caused it. */
  readonly position: Position;
} & (
  | { readonly kind: 'frame'; readonly audience: Audience; readonly payload: Uint8Array }
  | { readonly kind: 'revocation'; readonly tokenKey: string }
);

/** A delivery as a gateway hears it. */
export type HeardDelivery = {
  readonly accountId: AccountId;
  readonly lane: Lane;
  /** Its place in DELIVERIES and that of the one before it on the same lane; null for what is never stored. */
  readonly stored: { readonly offset: number; readonly previous: number } | null;
  /** When it was published, in Unix ms; absent: it does not say. */
  readonly publishedAt?: number;
} & (
  | { readonly kind: 'frame'; readonly audience: Audience; readonly payload: Uint8Array }
  | { readonly kind: 'revocation'; readonly tokenKey: string }
);

export const everyone: Audience = { kind: 'all' };

export const audienceHeaders = (audience: Audience): MsgHdrs | undefined => {
  if (audience.kind === 'all') return undefined;
  const result = natsHeaders();
  result.set(audience.kind === 'only' ? headers.users : headers.exceptUsers, textOf(audience.users));
  return result;
};

/** The headers of a stored delivery, by name. */
export const deliveryHeaders = (delivery: Delivery): Record<string, string> => {
  const said: Record<string, string> = { [headers.position]: String(delivery.position) };
  if (delivery.kind === 'revocation') said[headers.revokedToken] = delivery.tokenKey;
  else if (delivery.audience.kind !== 'all')
    said[delivery.audience.kind === 'only' ? headers.users : headers.exceptUsers] = textOf(delivery.audience.users);
  return said;
};

const texts = new WeakMap<readonly UserId[], string>();

/** The same list is told again and again, and may name thousands. */
const textOf = (users: readonly UserId[]): string => {
  const known = texts.get(users);
  if (known !== undefined) return known;
  const text = users.join(',');
  texts.set(users, text);
  return text;
};

/** Headers as they are read: the client's, or those that were read from their bytes. */
export type ReadHeaders = {
  has(name: string): boolean;
  get(name: string): string | undefined;
};

export const positionIn = (received: ReadHeaders | undefined): Position =>
  positionOf(Number(received?.get(headers.position) ?? 0));

/** The account and lane of a subject under which deliveries are stored or heard. */
export const placeOf = (subject: string): Pick<Delivery, 'accountId' | 'lane'> => {
  const [, account, ...lane] = subject.split('.');
  return { accountId: Number(account) as AccountId, lane: lane.join('.') as Lane };
};

/** Reads a delivery back. Only headers are looked at; the payload stays the bytes it is. */
export const heardDelivery = (
  { accountId, lane }: Pick<Delivery, 'accountId' | 'lane'>,
  data: Uint8Array,
  received: ReadHeaders | undefined,
): HeardDelivery => {
  const stored = received?.has('Nats-Sequence')
    ? { offset: Number(received.get('Nats-Sequence')), previous: Number(received.get('Nats-Last-Sequence')) }
    : null;
  const published = received?.get(headers.publishedAt) ?? '';
  const tokenKey = received?.get(headers.revokedToken) ?? '';
  if (tokenKey !== '') {
    const when = published === '' ? {} : { publishedAt: Number(published) };
    return { accountId, lane, stored, kind: 'revocation', tokenKey, ...when };
  }
  const audience = audienceIn(received);
  // Spelled out, because there is one for each delivery and copying a part of it takes longer than all the rest.
  return published === ''
    ? { accountId, lane, stored, kind: 'frame', audience, payload: data }
    : { accountId, lane, stored, kind: 'frame', audience, payload: data, publishedAt: Number(published) };
};

const audienceIn = (received: ReadHeaders | undefined): Audience => {
  if (received?.has(headers.users)) return { kind: 'only', users: idsIn(received.get(headers.users)) };
  if (received?.has(headers.exceptUsers)) return { kind: 'except', users: idsIn(received.get(headers.exceptUsers)) };
  return everyone;
};

/** Long lists as they were heard lately, by their text. All are forgotten when they have so many characters together. */
const heard = new Map<string, readonly UserId[]>();
let heardLength = 0;
const MOST_HEARD_LENGTH = 1_048_576;
const LONG_TEXT = 64;

const idsIn = (list = ''): readonly UserId[] => {
  if (list.length < LONG_TEXT) return list === '' ? [] : parsed(list);
  const known = heard.get(list);
  if (known !== undefined) return known;
  heardLength += list.length;
  if (heardLength > MOST_HEARD_LENGTH) {
    heard.clear();
    heardLength = list.length;
  }
  const users = parsed(list);
  heard.set(list, users);
  return users;
};

const parsed = (list: string): readonly UserId[] => list.split(',').map((id) => Number(id) as UserId);

export const isFor = (audience: Audience, user: UserId): boolean => {
  if (audience.kind === 'all') return true;
  const { users } = audience;
  const isNamed = users.length < LOOKED_THROUGH ? users.includes(user) : setOf(users).has(user);
  return isNamed === (audience.kind === 'only');
};

/** A list this long is not looked through for everybody who is asked about. */
const LOOKED_THROUGH = 16;
const sets = new WeakMap<readonly UserId[], ReadonlySet<UserId>>();

const setOf = (users: readonly UserId[]): ReadonlySet<UserId> => {
  const known = sets.get(users);
  if (known !== undefined) return known;
  const made = new Set(users);
  sets.set(users, made);
  return made;
};
