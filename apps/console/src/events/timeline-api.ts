/** The account's timeline over HTTP. */
import { pathWith, type Call } from '../api/http.ts';
import { asProblem, type HubProblem } from '../api/problem.ts';
import { readServerSent } from '../api/server-sent.ts';
import type { Entry, EntryDetail, TimelineFilter } from './timeline.ts';

/** The account as it was after an event. */
export type StateThen = {
  readonly position: number;
  readonly conversations: readonly ConversationThen[];
  readonly messages: readonly MessageThen[];
  readonly contacts: readonly { readonly id: number; readonly name: string }[];
};

export type ConversationThen = {
  readonly id: number;
  readonly status: string;
  readonly contact_id: number;
  readonly assignee_id: number | null;
  readonly team_id: number | null;
};

export type MessageThen = {
  readonly id: number;
  readonly conversation_id: number;
  readonly content: string | null;
  readonly message_type: string | number;
  readonly private: boolean;
};

export type PageOptions = TimelineFilter & {
  readonly before?: number;
  readonly after?: number;
  readonly limit: number;
};

export type TimelineApi = ReturnType<typeof timelineApi>;

export const timelineApi = (call: Call, headers: Readonly<Record<string, string>>, accountId: number) => {
  const account = `/v1/accounts/${accountId}`;
  return {
    /** Newest first; with `after` alone, those that follow it, oldest first. */
    page: async (options: PageOptions, signal?: AbortSignal): Promise<readonly Entry[]> =>
      (await call<{ events: readonly Entry[] }>(`${account}/events`, { query: options, signal })).events,
    detail: (position: number, signal?: AbortSignal) => call<EntryDetail>(`${account}/events/${position}`, { signal }),
    stateAt: (position: number, signal?: AbortSignal) =>
      call<StateThen>(`${account}/state`, { query: { position }, signal }),
    /** Entries as they are recorded, until aborted. Opens again after a break, and says so. */
    follow: (options: FollowOptions): Promise<void> =>
      follow(pathWith(`${account}/events/live`, options.filter), headers, options),
  };
};

export type FollowOptions = {
  readonly filter: TimelineFilter;
  readonly signal: AbortSignal;
  /** Live from now on; what was recorded before must be fetched. */
  readonly onOpen: () => void;
  readonly onEntry: (entry: Entry) => void;
  readonly onBreak: (problem: HubProblem | null) => void;
};

const follow = async (
  path: string,
  headers: Readonly<Record<string, string>>,
  options: FollowOptions,
): Promise<void> => {
  const { signal, onOpen, onEntry, onBreak } = options;
  for (let failures = 0; !signal.aborted;) {
    try {
      await readServerSent(path, {
        headers,
        signal,
        onOpen: () => {
          failures = 0;
          onOpen();
        },
        onEvent: ({ data }) => onEntry(JSON.parse(data) as Entry),
      });
      if (!signal.aborted) onBreak(null);
    } catch (error) {
      if (signal.aborted) return;
      onBreak(asProblem(error));
    }
    failures += 1;
    await pause(Math.min(30_000, 500 * 2 ** failures), signal);
  }
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
