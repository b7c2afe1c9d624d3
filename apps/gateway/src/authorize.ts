/**
 * Whether a token opens the room it is shown at.
 *
 * "No" is an outcome; a token that cannot be looked up is a fault, and never means "no".
 */
import { accountId as accountIdSchema, pubsubToken, type AccountId, type UserId } from '@cablehub/events';
import type { Room } from '@cablehub/cable';
import {
  agentTokenKey,
  contactLane,
  contactTokenKey,
  type Grant,
  type Lane,
  type Member,
  type Tokens,
} from '@cablehub/log';

/** What an admitted subscription hears and stands for. */
export type Admission = {
  readonly accountId: AccountId;
  readonly lanes: readonly Lane[];
  readonly member: Member;
  /** The key of the token it was made with; a revocation names it. */
  readonly tokenKey: string;
};

export type Authorized =
  | { readonly ok: true; readonly admission: Admission }
  | { readonly ok: false; readonly reason: 'bad_token_format' | 'unknown_token' | 'wrong_user' };

/** Looks a room's token up. Faults: `nats_unavailable`. */
export const authorize = async (tokens: Tokens, room: Room): Promise<Authorized> => {
  // What cannot be a token is not worth a question to NATS.
  if (!pubsubToken.safeParse(room.pubsubToken).success) return { ok: false, reason: 'bad_token_format' };
  const tokenKey = keyOf(room);
  const grant = tokenKey === null ? null : await tokens.get(tokenKey);
  if (tokenKey === null || grant === null) return { ok: false, reason: 'unknown_token' };
  return admissionOf(room, grant, tokenKey);
};

const AGENT_LANES: readonly Lane[] = ['agents'];

const keyOf = (room: Room): string | null => {
  if (room.kind === 'contact') return contactTokenKey(room.pubsubToken);
  const account = accountIdSchema.safeParse(room.accountId);
  return account.success ? agentTokenKey(room.pubsubToken, account.data) : null;
};

const admissionOf = (room: Room, grant: Grant, tokenKey: string): Authorized => {
  if (room.kind === 'agent') {
    if (grant.kind !== 'agent') return { ok: false, reason: 'unknown_token' };
    if (grant.userId !== (room.userId as UserId)) return { ok: false, reason: 'wrong_user' };
    const member: Member = { kind: 'user', userId: grant.userId };
    return { ok: true, admission: { accountId: grant.accountId, lanes: AGENT_LANES, member, tokenKey } };
  }
  if (grant.kind !== 'contact') return { ok: false, reason: 'unknown_token' };
  const { accountId, contactId, contactInboxId } = grant;
  const member: Member = { kind: 'contact', contactId, contactInboxId };
  return { ok: true, admission: { accountId, lanes: [contactLane(contactInboxId), 'contacts'], member, tokenKey } };
};
