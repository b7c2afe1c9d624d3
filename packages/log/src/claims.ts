/**
 * Claims: who may be the contact of an e-mail address, or the session of a source id. Of several who try at the same time,
 * on whatever replica, one has it.
 *
 * A claim comes before the thing it is for: whoever crashes in between leaves one that never comes true, and another takes it
 * over. Two adapters keep the promises: a JetStream bucket (claims-jetstream.ts) and a map (claims-memory.ts), held to them by
 * claims.contract.ts.
 */
import { hash } from 'node:crypto';
import type { AccountId } from '@cablehub/events';

/** What can be claimed in an account; a source id in one of its inboxes. */
export type ClaimKind = 'identifier' | 'email' | 'phone_number' | `source_id.${number}`;

/** The key of a claim. It is a digest, so whoever reads the bucket learns no address; e-mail addresses are alike in any case. */
export const claimKey = (accountId: AccountId, kind: ClaimKind, value: string): string => {
  const claimed = kind === 'email' ? value.toLowerCase() : value;
  return `${accountId}.${hash('sha256', `${kind}:${claimed}`, 'base64url')}`;
};

export type Claim = {
  /** Of the contact or session that it is for. */
  readonly id: number;
  /** When it was made, by the clock of NATS: milliseconds since 1970. */
  readonly claimedAt: number;
  /** Tells this claim from all others of its key, before and after. */
  readonly revision: number;
};

export type ClaimResult =
  /** It is the asker's. */
  | { readonly ok: true; readonly claim: Claim }
  /** Another has it. */
  | { readonly ok: false; readonly reason: 'held'; readonly claim: Claim };

/** All its faults are `nats_unavailable`; the claim may be made or not then. */
export interface Claims {
  /** Claims a key for a thing, unless it is held; also for that same thing. */
  claim(key: string, id: number): Promise<ClaimResult>;
  /** Null: it is free. */
  get(key: string): Promise<Claim | null>;
  /** Claims a key that is held, if it is still held by `from`, or free. */
  takeOver(key: string, id: number, from: Claim): Promise<ClaimResult>;
  /** Frees a key, if it is still held by this claim. False: it is not. */
  release(key: string, held: Claim): Promise<boolean>;
}
