/** Who wants to hear of an account's events as they are recorded. */
import type { LogEntry } from '@cablehub/log';

export type LiveEntries = {
  /** Tells everyone whom these concern. */
  readonly tell: (entries: readonly LogEntry[]) => void;
  /** Hears of an account's entries until the answer is called. */
  readonly hear: (accountId: number, listener: (entry: LogEntry) => void) => () => void;
};

export const liveEntries = (): LiveEntries => {
  const listeners = new Map<number, Set<(entry: LogEntry) => void>>();
  return {
    tell: (entries) => {
      if (listeners.size === 0) return;
      for (const entry of entries) for (const listener of listeners.get(entry.accountId) ?? []) listener(entry);
    },
    hear: (accountId, listener) => {
      const those = listeners.get(accountId) ?? new Set();
      listeners.set(accountId, those.add(listener));
      return () => {
        those.delete(listener);
        if (those.size === 0) listeners.delete(accountId);
      };
    },
  };
};
