/**
 * Records in the log what agents are in effect: `agent.availability_changed`.
 *
 * The id is made of the last event about the agent, and so is the expected version. So a repetition after a lost
 * acknowledgement finds the first one, and of two replicas that both think they hold the lease only one appends. What
 * was appended counts when it comes back in the log, not before: the log alone says what was said last.
 */
import type { AccountId, Availability, EventId, UserId } from '@cablehub/events';
import type { AppendResult, EventLog } from '@cablehub/log';
import type { Agent } from './agents.ts';

export type StatusChange = {
  readonly accountId: AccountId;
  readonly userId: UserId;
  /** The agent as the log knows them. */
  readonly agent: Agent;
  readonly status: Availability;
};

export type RecorderOptions = {
  readonly log: EventLog;
  /** The time of day, as ISO 8601. */
  readonly time: () => string;
  readonly onRecorded: () => void;
  /** Called when nothing was appended, or it is not known: the change is to be recorded again. */
  readonly onFailed: (change: StatusChange, failure: Extract<AppendResult, { readonly ok: false }>) => void;
};

export interface Recorder {
  /** Appends the change unless one about the same agent is on its way. Never throws. */
  readonly record: (change: StatusChange) => void;
  /** Resolves when nothing is on its way. */
  readonly idle: () => Promise<void>;
}

export const createRecorder = ({ log, time, onRecorded, onFailed }: RecorderOptions): Recorder => {
  /** By agent: the position whose return in the log is awaited; infinite until it is known. */
  const awaited = new Map<string, number>();
  const sending = new Set<Promise<void>>();

  const append = async (key: string, change: StatusChange): Promise<void> => {
    const result = await appended(change);
    if (result.ok) {
      awaited.set(key, result.position);
      if (!result.duplicate) onRecorded();
    } else {
      awaited.delete(key);
      onFailed(change, result);
    }
  };

  const appended = async ({ accountId, userId, agent, status }: StatusChange): Promise<AppendResult> => {
    const event = {
      type: 'agent.availability_changed',
      data: { user_id: userId, availability: status },
      id: `presence.${accountId}.${userId}.${agent.position}` as EventId,
      accountId,
      time: time(),
      source: '/presence',
    } as const;
    try {
      const [result] = await log.append([{ event, expectedVersion: agent.position }]);
      return result ?? { ok: false, reason: 'not_attempted' };
    } catch (cause) {
      return { ok: false, reason: 'unconfirmed', cause };
    }
  };

  return {
    record: (change) => {
      const key = `${change.accountId}.${change.userId}`;
      if ((awaited.get(key) ?? 0) > change.agent.position) return;
      awaited.set(key, Infinity);
      const sent = append(key, change).finally(() => sending.delete(sent));
      sending.add(sent);
    },
    idle: async () => void (await Promise.all(sending)),
  };
};
