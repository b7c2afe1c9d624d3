/**
 * What only one may have: the identifier, e-mail address or phone number of a contact, the source id of a session.
 *
 * It is claimed before anything is appended. Who comes second waits until the views know the first, and decides again: then
 * the contact is there. A claim that came to nothing, because its maker crashed or the contact has changed since, is taken over
 * once it is old.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AccountId } from '@cablehub/events';
import type { ClaimRequest, Decision } from '@cablehub/commands';
import { claimKey, type Claim, type Claims, type EventLog } from '@cablehub/log';
import type { FollowedViews, Reading } from '@cablehub/projector';
import type { DecidedAlone } from './executor.ts';

export type UniquenessPorts = {
  readonly log: Pick<EventLog, 'lastPosition'>;
  readonly views: FollowedViews;
  readonly claims: Claims;
};

export type HeldClaim = { readonly request: ClaimRequest; readonly key: string; readonly claim: Claim };

/** How long the second waits for the first. */
const PATIENCE_MS = 2_000;
const LOOK_AGAIN_MS = 25;
/** A claim that is older and has come to nothing will come to nothing. */
const ABANDONED_MS = 30_000;

export const uniqueness = ({ log, views, claims }: UniquenessPorts) => {
  const claimOne = async (accountId: AccountId, request: ClaimRequest): Promise<HeldClaim | null> => {
    const key = claimKey(accountId, request.kind, request.value);
    const first = await claims.claim(key, request.id);
    if (first.ok || first.claim.id === request.id) return { request, key, claim: first.claim };
    const isAbandoned =
      Date.now() - first.claim.claimedAt > ABANDONED_MS &&
      !isTrue(views.reading(), accountId, { ...request, id: first.claim.id });
    if (!isAbandoned) return null;
    const second = await claims.takeOver(key, request.id, first.claim);
    return second.ok ? { request, key, claim: second.claim } : null;
  };

  const claimAll = async (accountId: AccountId, requests: readonly ClaimRequest[]) => {
    const held: HeldClaim[] = [];
    for (const request of requests) {
      const one = await claimOne(accountId, request);
      if (one === null) {
        await giveBack(accountId, held);
        return null;
      }
      held.push(one);
    }
    return held;
  };

  /** Frees what came to nothing. */
  const giveBack = async (accountId: AccountId, held: readonly HeldClaim[]): Promise<void> => {
    for (const { request, key, claim } of held)
      if (!isTrue(views.reading(), accountId, request)) await claims.release(key, claim);
  };

  const decidedAlone = async <Result>(
    accountId: AccountId,
    decide: () => Promise<Decision<Result>>,
  ): Promise<DecidedAlone<Result>> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const decision = await decide();
      if (!decision.ok || decision.claims.length === 0) return { decision, held: [] };
      const held = await claimAll(accountId, decision.claims);
      if (held !== null) return { decision, held };
      if (Date.now() >= deadline) return { decision: null, held: [] };
      await pause(LOOK_AGAIN_MS);
      await views.waitFor(await log.lastPosition(), deadline - Date.now());
    }
  };

  return { decidedAlone, giveBack };
};

/** Whether the views say so, too. */
const isTrue = (views: Reading, accountId: AccountId, { kind, value, id }: ClaimRequest): boolean => {
  switch (kind) {
    case 'identifier':
      return views.get('contacts', accountId, id as never)?.identifier === value;
    case 'email':
      return views.get('contacts', accountId, id as never)?.email?.toLowerCase() === value.toLowerCase();
    case 'phone_number':
      return views.get('contacts', accountId, id as never)?.phoneNumber === value;
    default:
      return views.get('contactInboxes', accountId, id as never)?.sourceId === value;
  }
};
