/** Who may see an account's timeline: who holds an API token for it, or an administrator by their own token. */
import type { AccountId } from '@cablehub/events';
import type { FollowedViews } from '@cablehub/projector';
import type { FastifyRequest } from 'fastify';
import { tokenIn } from '../agents-api/access.ts';
import type { FindCaller } from '../authentication.ts';
import { hashOf } from '../execution/secrets.ts';
import { Problem } from '../problem.ts';

/** A hook. Problems: `unauthorized`, `forbidden`. */
export const mayLookBack =
  (views: FollowedViews, findCaller: FindCaller) =>
  async (request: FastifyRequest): Promise<void> => {
    const token = tokenIn(request);
    const { account_id: account } = request.params as { readonly account_id: string };
    const caller = token === null ? null : findCaller(`Bearer ${token}`);
    request.caller = caller ?? (token === null ? null : administrator(views, token));
    if (request.caller === null)
      throw new Problem('unauthorized', 'give an API token, or the access token of an administrator', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    if (!request.caller.mayUse(account)) throw new Problem('forbidden', 'this token is not for that in this account');
  };

const administrator = (views: FollowedViews, token: string): FastifyRequest['caller'] => {
  const hash = hashOf(token);
  const reading = views.reading();
  const person = reading.usersByAccessToken(hash);
  if (person.length === 0) return null;
  const isAdministrator = (account: string): boolean =>
    person.some(({ accountId, id }) => {
      const agent = String(accountId) === account ? reading.get('agents', accountId as AccountId, id) : null;
      return agent?.role === 'administrator';
    });
  return { key: hash, mayUse: isAdministrator };
};

/** A hook: whoever may look into some account may see how the hub is. Problems: `unauthorized`, `forbidden`. */
export const mayWatch =
  (views: FollowedViews, findCaller: FindCaller) =>
  async (request: FastifyRequest): Promise<void> => {
    const token = tokenIn(request);
    if (token !== null && findCaller(`Bearer ${token}`) !== null) return;
    const reading = views.reading();
    const person = token === null ? [] : reading.usersByAccessToken(hashOf(token));
    if (person.length === 0)
      throw new Problem('unauthorized', 'give an API token, or the access token of an administrator');
    if (!person.some(({ accountId, id }) => reading.get('agents', accountId, id)?.role === 'administrator'))
      throw new Problem('forbidden', 'this is for administrators');
  };
