/**
 * Who calls: a bearer token, compared by digest in constant time.
 *
 * Only digests are kept after the start, and only a digest's beginning ever names a caller (as the key of a rate).
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { AccountId } from '@cablehub/events';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import type { ApiToken } from './settings.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the request is authenticated, and on routes that are open to all. */
    caller: Caller | null;
  }
}

export type Caller = {
  /** The same for every request with the same token; tells nothing about it. */
  readonly key: string;
  readonly mayUse: (account: string) => boolean;
};

/** Finds who a header's token belongs to; null: nobody. */
export type FindCaller = (authorization: string | undefined) => Caller | null;

const digest = (token: string): Buffer => hash('sha256', token, 'buffer');

export const callers = (tokens: readonly ApiToken[]): FindCaller => {
  const known = tokens.map(({ token, accountId }) => ({ digest: digest(token), accountId }));

  return (authorization) => {
    const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return null;
    const given = digest(token);
    // All are compared: the time taken does not tell which one came near.
    const matching = known.filter((one) => timingSafeEqual(one.digest, given));
    if (matching.length === 0) return null;
    const accounts = matching.map(({ accountId }) => accountId);
    return { key: given.toString('base64url', 0, 12), mayUse: (account) => isAmong(accounts, account) };
  };
};

const isAmong = (accounts: readonly (AccountId | undefined)[], account: string): boolean =>
  accounts.some((one) => one === undefined || String(one) === account);

/** The hook of every route of an account. Problems: `unauthorized`, `forbidden`. */
export const authenticate =
  (find: FindCaller) =>
  async (request: FastifyRequest): Promise<void> => {
    const caller = find(request.headers.authorization);
    if (caller === null)
      throw new Problem('unauthorized', 'give a known token as "Authorization: Bearer <token>"', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    request.caller = caller;
    const { account_id: account } = request.params as { account_id: string };
    if (!caller.mayUse(account)) throw new Problem('forbidden', 'this token is for another account');
  };
