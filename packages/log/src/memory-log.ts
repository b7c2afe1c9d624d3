/** The log in an array: for tests, and to read first. It goes through the same messages as JetStream's. */
import { once } from 'node:events';
import { positionOf, type NewEvent, type Position } from '@cablehub/events';
import type { Append, AppendResult, EventLog, FollowOptions, LogEntry, LogFilter, ReadOptions } from './log.ts';
import { decodeEvent, encodeEvent, messageIdOf, type StoredMessage } from './message.ts';

export type MemoryLogOptions = { readonly now?: () => number };

export const memoryLog = ({ now = Date.now }: MemoryLogOptions = {}): EventLog => {
  const messages: StoredMessage[] = [];
  const seen = new Map<string, Position>();
  const lastAbout = new Map<string, number>();
  const appended = new EventTarget();

  const appendOne = ({ event, expectedVersion }: Append): AppendResult => {
    const id = messageIdOf(event);
    const first = seen.get(id);
    if (first !== undefined) return { ok: true, position: first, duplicate: true };
    const { subject, headers, body } = encodeEvent(event);
    if (expectedVersion !== undefined && expectedVersion !== (lastAbout.get(subject) ?? 0))
      return { ok: false, reason: 'wrong_expected_version' };
    const position = positionOf(messages.length + 1);
    const header = (name: string): string => headers[name] ?? '';
    messages.push({ subject, header, body: () => JSON.parse(body), position, recordedAt: now() });
    seen.set(id, position);
    lastAbout.set(subject, position);
    return { ok: true, position, duplicate: false };
  };

  const after = ({ after: position = positionOf(0), filter }: ReadOptions): StoredMessage[] =>
    messages.slice(position).filter((message) => wants(filter, message.subject));

  return {
    append: async (appends) => {
      let stopped = false;
      const results = appends.map((one): AppendResult => {
        if (stopped) return { ok: false, reason: 'not_attempted' };
        const result = appendOne(one);
        stopped = !result.ok;
        return result;
      });
      appended.dispatchEvent(new Event('appended'));
      return results;
    },

    read: async function* (options = {}) {
      yield* after(options).map(decodeEvent);
    },

    follow: async function* ({ signal, maxBatch = 500, ...options }: FollowOptions) {
      let position = options.after ?? positionOf(0);
      while (!signal.aborted) {
        const batch = after({ ...options, after: position })
          .slice(0, maxBatch)
          .map(decodeEvent);
        position = batch.at(-1)?.position ?? position;
        if (batch.length > 0) yield batch satisfies readonly LogEntry[];
        else await once(appended, 'appended', { signal }).catch(() => undefined); // aborted: the loop ends
      }
    },

    lastPosition: async () => positionOf(messages.length),
  };
};

const wants = (filter: LogFilter | undefined, subject: string): boolean => {
  if (filter === undefined) return true;
  const [, , account, entity] = subject.split('.');
  return 'entity' in filter ? entity === filter.entity : account === String(filter.accountId);
};

/** The events of a log, for a test that looks at what was appended. */
export const eventsIn = async (log: EventLog): Promise<readonly (LogEntry & NewEvent)[]> => {
  const events: (LogEntry & NewEvent)[] = [];
  for await (const entry of log.read()) if (entry.type !== 'unreadable') events.push(entry);
  return events;
};
