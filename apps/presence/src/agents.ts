/**
 * The agents of every account, folded from the log (pure): what each has chosen, and what the log last said of them.
 */
import type { AccountId, Availability, Position, RecordedOf, UserId } from '@cablehub/events';
import type { LogEntry } from '@cablehub/log';

export type Agent = {
  /** What they have chosen to be. */
  readonly availability: Availability;
  /** Whether they are offline as soon as they are absent. */
  readonly autoOffline: boolean;
  /** What the log last said they are in effect. Somebody just added is absent. */
  readonly status: Availability;
  /** The last event about them: the expected version of the next. */
  readonly position: Position;
};

export interface Agents {
  /** Takes the next event of the log. Gives the account whose agents are others now; null when none are. */
  readonly apply: (entry: LogEntry) => AccountId | null;
  readonly of: (account: AccountId) => ReadonlyMap<UserId, Agent>;
  readonly accounts: () => Iterable<AccountId>;
}

export const createAgents = (): Agents => {
  const accounts = new Map<AccountId, Map<UserId, Agent>>();

  const apply = (entry: LogEntry): AccountId | null => {
    if (!isAgentEvent(entry)) return null;
    const { accountId } = entry;
    const user = entry.data.user_id;
    const agents = accounts.get(accountId) ?? new Map<UserId, Agent>();
    const agent = evolve(agents.get(user) ?? null, entry);
    if (agent === null) agents.delete(user);
    else agents.set(user, agent);
    if (agents.size > 0) accounts.set(accountId, agents);
    else accounts.delete(accountId);
    return accountId;
  };

  return { apply, of: (account) => accounts.get(account) ?? nobody, accounts: () => accounts.keys() };
};

const nobody: ReadonlyMap<UserId, Agent> = new Map();

type AgentEvent = Extract<LogEntry, { readonly type: `agent.${string}` }>;

const isAgentEvent = (entry: LogEntry): entry is AgentEvent => entry.type.startsWith('agent.');

/** One agent after one event; null: not, or no longer, an agent of the account. */
const evolve = (agent: Agent | null, event: AgentEvent): Agent | null => {
  const { position } = event;
  switch (event.type) {
    case 'agent.added':
      return agent === null ? added(event) : { ...agent, position };
    case 'agent.updated':
      return agent && updated(agent, event);
    case 'agent.availability_changed':
      return agent && { ...agent, status: event.data.availability, position };
    case 'agent.removed':
      return null;
  }
};

const added = ({ data, position }: RecordedOf<'agent.added'>): Agent => {
  const { availability, auto_offline: autoOffline } = data;
  return { availability, autoOffline, status: autoOffline ? 'offline' : availability, position };
};

const updated = (agent: Agent, { data, position }: RecordedOf<'agent.updated'>): Agent => ({
  ...agent,
  availability: data.availability ?? agent.availability,
  autoOffline: data.auto_offline ?? agent.autoOffline,
  position,
});
