/**
 * Reading lanes back from DELIVERIES: judged by what the stream keeps before and after, so nothing is missing unsaid.
 *
 * Many come back at once, when a gateway or a network was away. What the stream keeps is asked once for all who ask at the same time,
 * and a lane is read once for all who want it (shared-readings.ts); each request is judged by itself.
 */
import { hash } from 'node:crypto';
import { millis, NatsError, type JetStreamManager, type JsMsg, type StreamInfo } from 'nats';
import type { NatsLink } from './connection.ts';
import { heardDelivery, placeOf, type HeardDelivery } from './delivery.ts';
import { LogFault } from './fault.ts';
import { createFreshAnswer } from './fresh-answer.ts';
import {
  HISTORY_PART,
  refusalOf,
  type History,
  type HistoryRequest,
  type HistoryStart,
  type Kept,
  type Tail,
} from './history.ts';
import { openStreamReader, unreadable, type Reader } from './stream-reader.ts';
import { DELIVERIES_STREAM, subjects } from './names.ts';
import { createSharedReadings, type Part, type ReadDelivery, type Reading } from './shared-readings.ts';

export type JetStreamHistory = {
  readonly tail: () => Promise<Tail>;
  readonly read: (request: HistoryRequest) => Promise<History>;
};

/** Each has a consumer of its own in the server. */
const READINGS_AT_ONCE = 32;

export const jetStreamHistory = (link: NatsLink): JetStreamHistory => {
  const manager = (): Promise<JetStreamManager> => link.connection.jetstreamManager({ checkAPI: false });
  const kept = createFreshAnswer(async (): Promise<Kept> =>
    keptBy(await (await manager()).streams.info(DELIVERIES_STREAM), Date.now()),
  );

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

  const readings = createSharedReadings({
    atOnce: READINGS_AT_ONCE,
    read: async (subject, part) => {
      // Most of those who come back have missed nothing, and then there is no consumer to make.
      if ('after' in part.start && (await lastOn(subject)) <= part.start.after)
        return { deliveries: [], upTo: part.upTo };
      return readPart(link, subject, part);
    },
  });

  const read = async (request: HistoryRequest): Promise<History> => {
    const before = await kept();
    const refusal = refusalOf(request, before);
    if (refusal !== null) return { ok: false, reason: refusal };
    const { accountId, lane, start } = request;
    const upTo = Math.min(request.upTo ?? before.last, before.last);
    const reading = await readings(subjects.delivery(accountId, lane), { start, upTo });
    // What was removed while it was read may be missing.
    const late = refusalOf(request, await kept());
    if (late !== null) return { ok: false, reason: late };
    return {
      ok: true,
      deliveries: linkedTo(start, reading.deliveries),
      upTo: reading.upTo,
      isWhole: reading.upTo >= upTo,
    };
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

/** The lane's deliveries up to an offset, or as many as are read at once. Faults: `nats_unavailable` when not all of them came. */
const readPart = async (link: NatsLink, subject: string, { start, upTo }: Part): Promise<Reading> => {
  const reader = await openStreamReader(link, { stream: DELIVERIES_STREAM, start, subject });
  const deliveries: ReadDelivery[] = [];
  let bytes = 0;
  try {
    for await (const message of waitingIn(reader)) {
      if (message.seq > upTo) break;
      bytes += message.data.length;
      const previous = deliveries.at(-1)?.offset ?? beginningOf(start, message.seq);
      const count = deliveries.push(readDelivery(message, previous));
      if (count >= HISTORY_PART.deliveries || bytes >= HISTORY_PART.bytes) return { deliveries, upTo: message.seq };
    }
    return { deliveries, upTo };
  } finally {
    reader.close();
  }
};

/**
 * What was there when the reader was opened. Each message says how many there are behind it, so what is removed meanwhile is not
 * waited for; but a server that has too much to do may send nothing for as long as a request waits, and then nothing is known.
 */
export async function* waitingIn(reader: Reader): AsyncGenerator<JsMsg> {
  for (let left = reader.waiting; left > 0;) {
    let came = 0;
    for await (const message of await reader.request(left)) {
      came += 1;
      left = Math.min(left - 1, message.info.pending);
      yield reader.inOrder(message);
    }
    if (came === 0) throw new LogFault('nats_unavailable', 'what is stored on a lane did not come in time');
  }
}

/** Each says which was before it; the first of a part, where that part begins. All who have the same part share all of it. */
const linkedTo = (start: HistoryStart, reading: readonly ReadDelivery[]): readonly HeardDelivery[] => {
  const deliveries = reading.map(({ delivery }) => delivery);
  const [first] = reading;
  if (first === undefined) return deliveries;
  const { delivery, offset } = first;
  const previous = beginningOf(start, offset);
  if (delivery.stored?.previous !== previous) deliveries[0] = { ...delivery, stored: { offset, previous } };
  return deliveries;
};

const beginningOf = (start: HistoryStart, first: number): number => ('after' in start ? start.after : first - 1);

const readDelivery = (message: JsMsg, previous: number): ReadDelivery => ({
  delivery: {
    ...heardDelivery(placeOf(message.subject), message.data, message.headers),
    stored: { offset: message.seq, previous },
  },
  offset: message.seq,
  at: millis(message.info.timestampNanos),
});

const keptBy = ({ config, created, state }: StreamInfo, now: number): Kept => ({
  epoch: hash('sha256', `${config.name} ${created}`, 'base64url').slice(0, 10),
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
