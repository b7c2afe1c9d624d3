/** A conversation's messages as they are shown: in order, each once, with what is still on its way (pure). */
import type { Message } from '../api/shapes.ts';

export type ShownMessage = Message & {
  /** Sent, but the hub has not answered yet. */
  readonly isPending?: boolean;
  /** Why it could not be sent. */
  readonly failure?: string;
  /** Missed while the socket was down, and brought back by the hub. */
  readonly cameBack?: boolean;
  /** Read over HTTP after the socket was back, and not told by it yet. */
  readonly isRead?: boolean;
};

export type Thread = readonly ShownMessage[];

/** How a message comes: told as it happened, told because it was missed, or read again over HTTP after the socket was back. */
export type Coming = 'live' | 'missed' | 'read';

export type Merged = { readonly thread: Thread; readonly isNews: boolean };

/**
 * Puts a message where it belongs. The same message again replaces what is shown, unless it is older; one that was pending
 * is known by its echo id, and may have been read without it meanwhile. `isNews`: something is shown now that was not before,
 * or was only read.
 */
export const merge = (thread: Thread, message: Message, coming: Coming = 'live'): Merged => {
  const same = thread.filter((one) => isSame(one, message));
  const shown = same.find(({ id }) => id > 0) ?? same[0];
  if (shown === undefined) {
    return { thread: [...thread, { ...message, ...marks[coming] }].sort(inOrder), isNews: true };
  }
  const echo = message.echo_id ?? shown.echo_id ?? null;
  const withIt = (one: ShownMessage): Thread => [...thread.filter((other) => !same.includes(other)), one].sort(inOrder);
  if (isOlder(message, shown))
    return { thread: same.length === 1 ? thread : withIt({ ...shown, echo_id: echo }), isNews: false };
  const isNews = shown.isRead === true || looks(shown) !== looks(message);
  const { isPending: _pending, failure: _failure, isRead: _read, ...kept } = shown;
  const replaced: ShownMessage = { ...kept, ...message, echo_id: echo, ...(isNews ? marks[coming] : {}) };
  return { thread: withIt(replaced), isNews };
};

/** What was fetched, with whatever the socket brought meanwhile. */
export const mergeAll = (thread: Thread, messages: readonly Message[], coming: Coming = 'live'): Thread =>
  messages.reduce<Thread>((merged, message) => merge(merged, message, coming).thread, thread);

const marks: { readonly [How in Coming]: Pick<ShownMessage, 'cameBack' | 'isRead'> } = {
  live: {},
  missed: { cameBack: true },
  read: { isRead: true },
};

export const failed = (thread: Thread, echoId: string, failure: string): Thread =>
  thread.map((message) => {
    if (message.echo_id !== echoId || !message.isPending) return message;
    const { isPending: _pending, ...rest } = message;
    return { ...rest, failure };
  });

export const without = (thread: Thread, echoId: string): Thread =>
  thread.filter(({ echo_id, id }) => echo_id !== echoId || id > 0);

/** What tells a message from another on the page, before and after it has an id. */
export const keyOf = ({ id, echo_id }: Message): string => echo_id ?? String(id);

const isSame = (shown: Message, message: Message): boolean =>
  (message.id > 0 && shown.id === message.id) || (message.echo_id != null && shown.echo_id === message.echo_id);

const isOlder = (message: Message, shown: Message): boolean =>
  message.updated_at !== undefined && shown.updated_at !== undefined && message.updated_at < shown.updated_at;

const looks = ({ id, content, status, content_attributes }: Message): string =>
  JSON.stringify([id, content, status ?? 'sent', content_attributes?.deleted ?? false]);

/** What has no id yet comes last. */
const inOrder = (one: Message, other: Message): number =>
  Number(one.id <= 0) - Number(other.id <= 0) || one.created_at - other.created_at || one.id - other.id;
