/**
 * Looking keys of a bucket up, many at a time: what is asked for in one turn of the event loop goes out in one write.
 *
 * The client's own way makes a request of each look-up, with a timer, an error made beforehand and a write of its own. How many are
 * under way is bounded: the server keeps a queue of requests and drops all of it when it is full, and thousands of clients can come
 * at once.
 */
import { ErrorCode, NatsError, type ApiError, type Msg } from 'nats';
import type { NatsLink } from './connection.ts';
import { bucketStream } from './names.ts';

/** What stands under a key. */
export type Found = { readonly revision: number; /** Null: it was removed. */ readonly value: Uint8Array | null };

export type BucketReading = {
  /** Null: nothing ever stood there, or it is gone. Rejects when it is not known. */
  readonly get: (key: string) => Promise<Found | null>;
};

const AT_ONCE = 256;

type Asking = {
  readonly key: string;
  readonly resolve: (found: Found | null) => void;
  readonly reject: (cause: unknown) => void;
};
/** Those that went out together share one timer. */
type Batch = { missing: number; readonly timer: NodeJS.Timeout };
type Asked = Asking & { readonly batch: Batch };

export const bucketReading = (link: NatsLink, bucket: string, timeoutMs: number): BucketReading => {
  const api = `$JS.API.STREAM.MSG.GET.${bucketStream(bucket)}`;
  const asked = new Map<number, Asked>();
  let waiting: Asking[] = [];
  let isDue = false;
  let inbox: string | null = null;
  let last = 0;

  const take = (id: number): Asked | undefined => {
    const one = asked.get(id);
    if (one === undefined) return undefined;
    asked.delete(id);
    if (--one.batch.missing === 0) clearTimeout(one.batch.timer);
    sendSoon();
    return one;
  };

  const fail = (ids: Iterable<number>, cause: unknown): void => {
    for (const id of ids) take(id)?.reject(cause);
  };

  const openInbox = (): string => {
    const made = link.newInbox();
    link.connection.subscribe(`${made}.*`, {
      callback: (error, message) => {
        const one = take(Number(message.subject.slice(made.length + 1)));
        if (one === undefined) return; // too late: whoever asked was told
        const answer = error === null ? answerIn(message) : { cause: error };
        if ('cause' in answer) one.reject(answer.cause);
        else one.resolve(answer.found);
      },
    });
    link.onChange((isUp) => {
      if (!isUp) fail([...asked.keys()], NatsError.errorForCode(ErrorCode.Disconnect));
    });
    return made;
  };

  const send = (): void => {
    isDue = false;
    const room = AT_ONCE - asked.size;
    const now = waiting.slice(0, room);
    waiting = waiting.slice(room);
    if (now.length === 0) return;
    // What is sent while there is no connection is thrown away when it comes back.
    if (!link.isUp()) {
      for (const { reject } of now) reject(NatsError.errorForCode(ErrorCode.Disconnect));
      return sendSoon();
    }
    const ids = now.map(() => ++last);
    const timer = setTimeout(() => fail(ids, NatsError.errorForCode(ErrorCode.Timeout)), timeoutMs);
    const batch: Batch = { missing: now.length, timer };
    for (const [index, one] of now.entries()) asked.set(ids[index]!, { ...one, batch });
    try {
      inbox ??= openInbox();
      for (const [index, { key }] of now.entries())
        link.connection.publish(api, JSON.stringify({ last_by_subj: `$KV.${bucket}.${key}` }), {
          reply: `${inbox}.${ids[index]}`,
        });
    } catch (cause) {
      fail(ids, cause);
    }
  };

  const sendSoon = (): void => {
    if (isDue || waiting.length === 0 || asked.size === AT_ONCE) return;
    isDue = true;
    setImmediate(send);
  };

  return {
    get: (key) =>
      new Promise((resolve, reject) => {
        waiting.push({ key, resolve, reject });
        sendSoon();
      }),
  };
};

type Answered = {
  readonly message?: { readonly seq: number; readonly data?: string; readonly hdrs?: string };
  readonly error?: ApiError;
};

const NO_MESSAGE_FOUND = 10_037;

const answerIn = (message: Msg): { readonly found: Found | null } | { readonly cause: unknown } => {
  if (message.data.length === 0) return { cause: NatsError.errorForCode(ErrorCode.NoResponders) };
  try {
    const { message: stored, error } = message.json<Answered>();
    if (error?.err_code === NO_MESSAGE_FOUND) return { found: null };
    if (stored !== undefined) return { found: { revision: stored.seq, value: valueIn(stored) } };
    return { cause: new NatsError(error?.description ?? '', String(error?.code)) };
  } catch {
    return { cause: NatsError.errorForCode(ErrorCode.BadJson) };
  }
};

/** A removal is a message as well: it says so in its headers. */
const valueIn = ({ data = '', hdrs = '' }: NonNullable<Answered['message']>): Uint8Array | null => {
  const isRemoved = hdrs !== '' && /^KV-Operation: *(DEL|PURGE)/im.test(Buffer.from(hdrs, 'base64').toString());
  return isRemoved ? null : Buffer.from(data, 'base64');
};
