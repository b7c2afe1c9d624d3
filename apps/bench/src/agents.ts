/** Agents of a benchmark: who they are, and that they may hear their account. */
import type { AccountId, UserId } from '@cablehub/events';
import { agentTokenKey, jetStreamTokens, type NatsLink } from '@cablehub/log';

export type Agent = {
  readonly accountId: AccountId;
  readonly userId: UserId;
  readonly token: string;
  readonly identifier: string;
};

/** As many agents of one account; user ids begin behind `after`. */
export const agentsOf = (account: number, count: number, after = 0): readonly Agent[] =>
  Array.from({ length: count }, (_, index) => {
    const user = after + index + 1;
    const token = `bench-agent-token-${account}-${user}`;
    const identifier = JSON.stringify({
      channel: 'RoomChannel',
      pubsub_token: token,
      account_id: account,
      user_id: user,
    });
    return { accountId: account as AccountId, userId: user as UserId, token, identifier };
  });

/** How many are written at one time. */
const AT_ONCE = 256;

/** Lets them in without events that say who they are: for scenarios that measure gateways alone. */
export const admit = async (link: NatsLink, agents: readonly Agent[]): Promise<void> => {
  const tokens = await jetStreamTokens(link);
  const left = agents.values();
  const work = async (): Promise<void> => {
    for (const { token, accountId, userId } of left)
      await tokens.put(agentTokenKey(token, accountId), { kind: 'agent', accountId, userId });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
};
