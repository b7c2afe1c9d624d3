/** Reading lanes back from DELIVERIES: judged by what the stream keeps before and after, so nothing is missing unsaid. */
import { createHash } from 'node:crypto';
import { millis, NatsError, type JetStreamManager, type JsMsg, type StreamInfo } from 'nats';
import type { NatsLink } from './connection.ts';
import { heardDelivery, type HeardDelivery } from './delivery.ts';
import type { LogFault } from './fault.ts';
import {
  chained,
  HISTORY_MAX_BYTES,
  HISTORY_MAX_DELIVERIES,
  refusalOf,
  type History,
  type HistoryRequest,
  type Kept,
  type Tail,
} from './history.ts';
import { openStreamReader, unreadable, type Reader } from './jetstream-reader.ts';
import { DELIVERIES_STREAM, subjects } from './names.ts';

export type JetStreamHistory = {
  readonly tail: () => Promise<Tail>;
  readonly read: (request: HistoryRequest) => Promise<History>;
};

export const jetStreamHistory = (link: NatsLink): JetStreamHistory => {
  const manager = (): Promise<JetStreamManager> => link.connection.jetstreamManager({ checkAPI: false });
  const kept = async (): Promise<Kept> => keptBy(await (await manager()).streams.info(DELIVERIES_STREAM), Date.now());

  const lastOn = async (subject: string): Promise<number> => {
    const found = await (
      await manager()
    ).streams
      .getMessage(DELIVERIES_STREAM, { last_by_subj: subject })
      .catch((error: unknown) => {
        if (error instanceof NatsError && error.api_error?.code === NOT_FOUND) return null;
        throw error;
      });
    return found?.seq ?? 0;
  };

  const hasNothingAfter = async ({ accountId, lane, start }: Bounded): Promise<boolean> =>
    'after' in start && (await lastOn(subjects.delivery(accountId, lane))) <= start.after;

  const read = async (request: HistoryRequest): Promise<History> => {
    const before = await kept();
    const refusal = refusalOf(request, before);
    if (refusal !== null) return { ok: false, reason: refusal };
    const bounded = { ...request, upTo: Math.min(request.upTo ?? before.last, before.last) };
    // Most of those who come back have missed nothing, and then there is no consumer to make.
    if (await hasNothingAfter(bounded)) return { ok: true, deliveries: [], upTo: bounded.upTo };
    const deliveries = await readAll(link, bounded);
    if (deliveries === null) return { ok: false, reason: 'too_many' };
    // What was removed while it was read may be missing.
    const late = refusalOf(request, await kept());
    if (late !== null) return { ok: false, reason: late };
    return { ok: true, deliveries: chained(deliveries, request.start), upTo: bounded.upTo };
  };

  return {
    tail: async () => {
      const { epoch, last } = await kept().catch((cause: unknown) => {
        throw faultOf(cause);
      });
      return { epoch, offset: last };
    },
    read: (request) =>
      read(request).catch((cause: unknown) => {
        throw faultOf(cause);
      }),
  };
};

const NOT_FOUND = 404;

type Bounded = HistoryRequest & { readonly upTo: number };

/** The lane's deliveries up to an offset; null when they are too many. */
const readAll = async (link: NatsLink, request: Bounded): Promise<readonly HeardDelivery[] | null> => {
  const { accountId, lane, start, upTo } = request;
  const subject = subjects.delivery(accountId, lane);
  const reader = await openStreamReader(link, { stream: DELIVERIES_STREAM, start, subject });
  const deliveries: HeardDelivery[] = [];
  let bytes = 0;
  try {
    for await (const message of waitingIn(reader)) {
      if (message.seq > upTo) break;
      bytes += message.data.length;
      if (deliveries.push(heardAgain(message)) > HISTORY_MAX_DELIVERIES || bytes > HISTORY_MAX_BYTES) return null;
    }
    return deliveries;
  } finally {
    reader.close();
  }
};

/** What was there when the reader was opened, or what is left of it: the caller finds out what was removed meanwhile. */
async function* waitingIn(reader: Reader): AsyncGenerator<JsMsg> {
  for (let left = reader.waiting, had = 0; left > 0 && left !== had;) {
    had = left;
    for await (const message of await reader.request(left)) {
      left -= 1;
      yield reader.inOrder(message);
    }
  }
}

const heardAgain = (message: JsMsg): HeardDelivery => ({
  ...heardDelivery(message.subject, message.data, message.headers),
  stored: { offset: message.seq, previous: 0 },
});

const keptBy = ({ config, created, state }: StreamInfo, now: number): Kept => ({
  epoch: createHash('sha256').update(`${config.name} ${created}`).digest('base64url').slice(0, 10),
  createdAt: Date.parse(created),
  first: Math.max(1, state.first_seq, state.messages === 0 ? state.last_seq + 1 : 0),
  firstAt: Date.parse(state.first_ts),
  last: state.last_seq,
  lastAt: Date.parse(state.last_ts),
  wholeFrom: wholeFrom({ config, state }, now),
  now,
});

/** Between our clock and that of the server. */
const CLOCKS_MS = 5_000;

/**
 * Since when nothing was removed: what is younger than the age limit can only have gone for want of room, and a
 * stream that had none would still be full of what is younger yet.
 */
const wholeFrom = ({ config, state }: Pick<StreamInfo, 'config' | 'state'>, now: number): number => {
  const hadRoom = config.max_bytes <= 0 || state.bytes < config.max_bytes / 2;
  return hadRoom && config.max_age > 0 ? now - millis(config.max_age) + CLOCKS_MS : Infinity;
};

const faultOf = (cause: unknown): LogFault => unreadable(cause, DELIVERIES_STREAM);
