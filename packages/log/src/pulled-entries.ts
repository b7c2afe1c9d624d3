/**
 * Entries of the log, pulled: the next ones are asked for before the last are taken, so that a reader never waits for what is there
 * already; and no more than fit, so that a slow reader leaves the rest in the log.
 *
 * The client's pull consumer gives messages one by one, each through a queue, a promise and two collections; here what has
 * arrived is taken at once. What it adds, noticing a hole and a server that says nothing, is done here.
 *
 * A request is renewed before it ends: nats-server (2.9.10) drops one without a word when a message comes at the moment of its
 * end, which then waits for whoever asks next.
 */
import { millis, nanos, type Msg } from 'nats';
import { positionOf, type Position } from '@cablehub/events';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { addConsumer, filterSubject, unreadable } from './stream-reader.ts';
import type { LogEntry, LogFilter } from './log.ts';
import { decodeEvent } from './message.ts';
import { EVENTS_STREAM } from './names.ts';
import { headerOf } from './written-headers.ts';

/**
 * How much is on its way or waits to be taken. The server cuts a client off for which more than 64 MiB wait, and a request counts
 * messages, not bytes: so a reader begins with few and asks for more as it learns how large they are.
 */
const FIRST_AHEAD = 32;
const MOST_AHEAD = 2_048;
const MOST_BYTES = 16_777_216;
/** How long a request waits for messages to come; behind which part of that it is renewed, and in which part that is looked at. */
const REQUEST_MS = 5_000;
const RENEWED_AT = 0.6;
const LOOKED_AT = 0.2;
/** A server that says nothing for so much longer has forgotten who reads. */
const PATIENCE_MS = 5_000;

export type PulledEntries<Entry> = {
  /** How many there were when the reading began. */
  readonly waiting: number;
  /**
   * What has arrived, in order, at most so many; waits until something has. Empty only when the signal ends the waiting. Faults:
   * `nats_unavailable` when entries were lost on the way, or the server has forgotten who reads.
   */
  readonly next: (most: number, signal?: AbortSignal) => Promise<readonly Entry[]>;
  readonly close: () => void;
};

export type PullOptions<Entry> = {
  readonly after: Position;
  readonly filter?: LogFilter | undefined;
  /** What is made of a message when it is taken. */
  readonly as: (message: Msg, place: Place) => Entry;
  /** How long a request waits for messages to come, in ms. Default 5,000. */
  readonly requestMs?: number;
};

/** One request to the server: where it answers, how many are still to come, and when it is renewed and ended (ms). */
type Asked = { readonly reply: string; left: number; readonly renewAt: number; readonly endsAt: number };

/** Begins to read after a position. Faults: `nats_unavailable`, or `log_unreadable` when there is no stream. */
export const pullEntries = async <Entry>(
  link: NatsLink,
  { after, filter, as, requestMs = REQUEST_MS }: PullOptions<Entry>,
): Promise<PulledEntries<Entry>> => {
  const consumer = await addConsumer(link, {
    stream: EVENTS_STREAM,
    start: { after },
    ...(filter === undefined ? {} : { subject: filterSubject(filter) }),
  }).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  const inbox = link.newInbox();
  let arrived: Msg[] = [];
  let taken = 0;
  /** In the order in which the server meets them. */
  let asked: Asked[] = [];
  let requests = 0;
  let heardAt = performance.now();
  let ahead = FIRST_AHEAD;
  let delivered = 0;
  let fault: LogFault | null = null;
  let wake = (): void => undefined;

  const fail = (why: string): void => {
    fault ??= new LogFault('nats_unavailable', why);
    wake();
  };

  const subscription = link.connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null) return fail(`the log cannot be read: ${error.message}`);
      if (isEntry(message)) {
        forgetEnded();
        if (asked[0] !== undefined && --asked[0].left === 0) asked.shift();
        arrived.push(message);
        return wake();
      }
      const { code = 0, description = '' } = message.headers ?? {};
      if (code !== REQUEST_ENDED) return fail(`the log cannot be read: ${code} ${description}`);
      heardAt = performance.now();
      asked = asked.filter(({ reply }) => reply !== message.subject);
      ask();
    },
  });

  const waitingHere = (): number => arrived.length - taken;

  /** Here a request ends no later than there: what is still sent for one that has ended is more than was asked for, never less. */
  const forgetEnded = (): void => {
    while (asked[0] !== undefined && asked[0].endsAt <= performance.now()) asked.shift();
  };

  /** Half of what may be ahead is asked for at a time: each request costs the server something. */
  const ask = (): void => {
    forgetEnded();
    const now = performance.now();
    let left = 0;
    for (const one of asked) if (one.renewAt > now) left += one.left;
    const more = ahead - left - waitingHere();
    if (more < ahead / 2 || fault !== null) return;
    const reply = `${inbox}.${++requests}`;
    asked.push({ reply, left: more, renewAt: now + requestMs * RENEWED_AT, endsAt: now + requestMs });
    link.connection.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${EVENTS_STREAM}.${consumer.name}`,
      JSON.stringify({ batch: more, expires: nanos(requestMs) }),
      { reply },
    );
  };

  const renew = (): void => {
    if (performance.now() - heardAt > requestMs + PATIENCE_MS) fail('the server has forgotten who reads the log');
    else ask();
  };

  const untilSome = (signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const timer = setInterval(renew, requestMs * LOOKED_AT);
      const done = (): void => {
        clearInterval(timer);
        signal?.removeEventListener('abort', done);
        wake = () => undefined;
        resolve();
      };
      wake = done;
      signal?.addEventListener('abort', done, { once: true });
      if (signal?.aborted) done();
    });

  const entryAt = (index: number): Entry => {
    const message = arrived[index]!;
    const place = placeIn(message.reply!);
    if (place.delivered !== ++delivered)
      throw new LogFault('nats_unavailable', 'messages were lost on the way from NATS');
    return as(message, place);
  };

  const takeSome = (most: number): readonly Entry[] => {
    const entries: Entry[] = [];
    let bytes = 0;
    const end = Math.min(arrived.length, taken + most);
    for (; taken < end; taken++) {
      entries.push(entryAt(taken));
      bytes += arrived[taken]!.data.length;
    }
    if (taken === arrived.length) [arrived, taken] = [[], 0];
    const fitting = Math.floor((MOST_BYTES * entries.length) / Math.max(1, bytes));
    ahead = Math.max(1, Math.min(ahead * 2, fitting, MOST_AHEAD));
    return entries;
  };

  return {
    waiting: consumer.num_pending,
    next: async (most, signal) => {
      heardAt = performance.now();
      ask();
      while (waitingHere() === 0 && !signal?.aborted) {
        if (fault !== null) throw fault;
        await untilSome(signal);
      }
      if (signal?.aborted) return [];
      const entries = takeSome(most);
      ask();
      return entries;
    },
    close: () => {
      subscription.unsubscribe();
      // Best effort: what cannot be deleted is abandoned, and the server removes it.
      if (link.isUp())
        void link.connection
          .jetstreamManager({ checkAPI: false })
          .then((manager) => manager.consumers.delete(EVENTS_STREAM, consumer.name))
          .catch(() => undefined);
    },
  };
};

const REQUEST_ENDED = 408;

/** An entry says where it comes from; what the server says of a request does not. */
const isEntry = ({ reply }: Msg): boolean => reply !== undefined && reply.startsWith('$JS.ACK.');

/** Where an entry lies in the log, when it was stored there (Unix ms), and how many came before it in this reading. */
export type Place = { readonly position: Position; readonly recordedAt: number; readonly delivered: number };

/** `$JS.ACK.<stream>.<consumer>.<times>.<position>.<delivered>.<time>.<pending>`, behind `ACK` the domain and account of newer servers. */
const placeIn = (reply: string): Place => {
  const parts = reply.split('.');
  const at = parts.length < 11 ? 5 : 7;
  return {
    position: positionOf(Number(parts[at])),
    delivered: Number(parts[at + 1]),
    recordedAt: millis(Number(parts[at + 2])),
  };
};

/** An entry as this hub understands it. */
export const decoded = (message: Msg, { position, recordedAt }: Place): LogEntry =>
  decodeEvent({
    subject: message.subject,
    header: headerOf(message),
    body: () => JSON.parse(textOf(message.data)) as unknown,
    position,
    recordedAt,
  });

const BYTE_ORDER_MARK = 0xef;
const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array): string =>
  bytes[0] === BYTE_ORDER_MARK
    ? decoder.decode(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
