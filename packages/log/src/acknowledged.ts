/**
 * Publishing to JetStream in a pipeline: messages are sent one behind the other and their acknowledgements counted as they come.
 *
 * The client's own way makes a request of each message, with a promise, a timer and a subject of its own; it is five times as slow
 * as the server. Here a call has one promise and one timer, and all calls of a connection share one inbox.
 */
import { ErrorCode, NatsError, type ApiError, type Msg, type MsgHdrs } from 'nats';
import type { NatsLink } from './connection.ts';

export type Outgoing = {
  readonly subject: string;
  readonly headers?: MsgHdrs;
  readonly body: Uint8Array | string;
};

export type Acknowledgement =
  /** Stored at a sequence, or before: then it is a duplicate. */
  | { readonly ok: true; readonly sequence: number; readonly duplicate: boolean }
  /** Refused by the server or the client, or not acknowledged: then it may be stored or not. */
  | { readonly ok: false; readonly cause: unknown };

export type AcknowledgedPublishing = {
  /**
   * Sends messages in the order given, before it returns; resolves when each is acknowledged or has failed, to one
   * acknowledgement each, in the same order. Never rejects. What the loss of the connection cuts off fails at once, the rest
   * after the time-out.
   */
  readonly publish: (messages: readonly Outgoing[]) => Promise<readonly Acknowledgement[]>;
};

type Call = {
  readonly results: Acknowledgement[];
  missing: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (results: readonly Acknowledgement[]) => void;
};

export const acknowledgedPublishing = (link: NatsLink, timeoutMs: number): AcknowledgedPublishing => {
  const calls = new Map<number, Call>();
  let inbox: string | null = null;
  let last = 0;

  const settle = (id: number, call: Call): void => {
    clearTimeout(call.timer);
    calls.delete(id);
    call.resolve(call.results);
  };

  /** Ends a call with what has come. */
  const giveUp = (id: number, call: Call, code: ErrorCode): void => {
    const cause = NatsError.errorForCode(code);
    for (let index = 0; index < call.results.length; index++) call.results[index] ??= { ok: false, cause };
    settle(id, call);
  };

  const take = (id: number, index: number, acknowledgement: Acknowledgement): void => {
    const call = calls.get(id);
    // Twice, or too late: the call has said what became of it.
    if (call === undefined || call.results[index] !== undefined) return;
    call.results[index] = acknowledgement;
    if (--call.missing === 0) settle(id, call);
  };

  const openInbox = (): string => {
    const made = link.newInbox();
    link.connection.subscribe(`${made}.*.*`, {
      callback: (error, message) => {
        const [id, index] = message.subject.slice(made.length + 1).split('.', 2);
        take(Number(id), Number(index), error === null ? acknowledgementIn(message) : { ok: false, cause: error });
      },
    });
    link.onChange((isUp) => {
      if (!isUp) for (const [id, call] of calls) giveUp(id, call, ErrorCode.Disconnect);
    });
    return made;
  };

  const send = (id: number, messages: readonly Outgoing[]): void => {
    inbox ??= openInbox();
    for (const [index, { subject, headers, body }] of messages.entries()) {
      try {
        const reply = `${inbox}.${id}.${index}`;
        link.connection.publish(subject, body, headers === undefined ? { reply } : { reply, headers });
      } catch (cause) {
        take(id, index, { ok: false, cause });
      }
    }
  };

  return {
    publish: (messages) =>
      new Promise((resolve) => {
        const id = ++last;
        const call: Call = {
          results: Array.from({ length: messages.length }),
          missing: messages.length,
          timer: setTimeout(() => giveUp(id, call, ErrorCode.Timeout), timeoutMs),
          resolve,
        };
        calls.set(id, call);
        if (messages.length === 0) return settle(id, call);
        // What is sent while there is no connection is thrown away when it comes back.
        if (!link.isUp()) return giveUp(id, call, ErrorCode.Disconnect);
        try {
          send(id, messages);
        } catch (cause) {
          for (let index = 0; index < messages.length; index++) take(id, index, { ok: false, cause });
        }
      }),
  };
};

type Publish = AcknowledgedPublishing['publish'];

/**
 * The same, but sent at the end of the turn in which it was given: the calls of many leave in one write, where each would take one.
 * Each is still answered by itself.
 */
export const publishingTogether = (publish: Publish): Publish => {
  let waiting: (() => void)[] = [];
  const send = (): void => {
    const now = waiting;
    waiting = [];
    for (const one of now) one();
  };
  return (messages) =>
    new Promise((resolve) => {
      if (waiting.push(() => resolve(publish(messages))) === 1) setImmediate(send);
    });
};

type Answer = { readonly seq?: number; readonly duplicate?: boolean; readonly error?: ApiError };

const acknowledgementIn = (message: Msg): Acknowledgement => {
  if (message.data.length === 0) return { ok: false, cause: NatsError.errorForCode(ErrorCode.NoResponders) };
  try {
    const { seq, duplicate = false, error } = JSON.parse(textOf(message.data)) as Answer;
    if (error !== undefined) return { ok: false, cause: refusalOf(error) };
    if (typeof seq === 'number') return { ok: true, sequence: seq, duplicate };
  } catch {
    // not JSON: nobody that knows JetStream has answered
  }
  return { ok: false, cause: NatsError.errorForCode(ErrorCode.JetStreamInvalidAck) };
};

/** As the client says it: the server's own code with its description. */
const refusalOf = (error: ApiError): NatsError => {
  const refusal = new NatsError(error.description, String(error.code));
  refusal.api_error = error;
  return refusal;
};

const textOf = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString();
