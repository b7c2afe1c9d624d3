/** `GET /v1/accounts/:account_id/presence`: who is there now. */
import { presence, type Signals } from '@cablehub/log';
import { unavailable } from './problem.ts';
import type { ApiServer } from './server.ts';
import { accountPath } from './validation.ts';

export const presenceRoute = (
  app: ApiServer,
  { signals, isUp }: { readonly signals: Pick<Signals, 'askPresence'>; readonly isUp: () => boolean },
): void => {
  const schema = {
    summary: 'Who is present in the account.',
    tags: ['signals'],
    params: accountPath,
    response: { 200: presence.describe('Users and contacts by id. Who is not listed is offline.') },
  };

  app.get('/presence', { schema, config: { problems: [] } }, async (request) => {
    if (!isUp()) throw unavailable('NATS is away');
    return signals.askPresence(request.params.account_id);
  });
};
