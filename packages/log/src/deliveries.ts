/**
 * Where deliveries are published and heard: the DELIVERIES stream and the subjects NATS republishes it on.
 *
 * Stored deliveries are numbered by JetStream and kept for the resume window. Ephemeral ones (typing, presence) go to
 * the same ears at once and are never stored, so they are never replayed.
 */
import type { AccountId } from '@cablehub/events';
import type { NatsError, Msg } from 'nats';
import { acknowledgedPublishing, type Outgoing } from './acknowledged.ts';
import type { NatsLink } from './connection.ts';
import {
  audienceHeaders,
  deliveryHeaders,
  everyone,
  heardDelivery,
  placeOf,
  positionIn,
  type Audience,
  type Delivery,
  type HeardDelivery,
} from './delivery.ts';
import { LogFault } from './fault.ts';
import { jetStreamHistory } from './history-jetstream.ts';
import type { History, HistoryRequest, Tail } from './history.ts';
import { openStreamReader, unreadable } from './stream-reader.ts';
import { DELIVERIES_STREAM, headers, subjects, type Lane } from './names.ts';
import { headersIn, writtenHeaders } from './written-headers.ts';

/** What is known of a stored delivery without looking into it. */
export type StoredDelivery = Pick<Delivery, 'accountId' | 'lane' | 'position'>;

export type EphemeralDelivery = {
  readonly accountId: AccountId;
  readonly lane: Lane;
  readonly audience?: Audience;
  readonly payload: Uint8Array;
};

export interface Deliveries {
  /**
   * Stores deliveries in the order given and resolves when all are acknowledged. A repetition (same event, same lane)
   * within the duplicate window is neither stored nor heard again. Faults: `nats_unavailable`; then some may be stored,
   * and publishing the same again is safe.
   */
  publish(deliveries: readonly Delivery[]): Promise<void>;
  /** Sends to whoever listens now. */
  send(delivery: EphemeralDelivery): void;
  /**
   * What was stored at a time (milliseconds since 1970) or later and is still kept, in order. Faults: `nats_unavailable`,
   * `log_unreadable`.
   */
  published(since: number): AsyncIterable<StoredDelivery>;
  /** Hears a lane. Resolves when the server has the subscription, so nothing published afterwards is missed. */
  hear(accountId: AccountId, lane: Lane, listener: (delivery: HeardDelivery) => void): Promise<{ stop: () => void }>;
  /** Where the stored deliveries end, and which epoch they are of. Faults: `nats_unavailable`, `log_unreadable`. */
  tail(): Promise<Tail>;
  /**
   * Reads stored deliveries of a lane back, in order: all from the start to the end, or none and why. Each says the
   * offset before it on the lane; the first says where the reading began. Faults: `nats_unavailable`, `log_unreadable`.
   */
  read(request: HistoryRequest): Promise<History>;
}

const ACK_TIMEOUT_MS = 5_000;

export const jetStreamDeliveries = (link: NatsLink): Deliveries => {
  const publishing = acknowledgedPublishing(link, ACK_TIMEOUT_MS);
  const { tail, read } = jetStreamHistory(link);

  return {
    tail,
    read,
    publish: async (deliveries) => {
      const publishedAt = String(Date.now());
      const results = await publishing.publish(deliveries.map((delivery) => messageOf(delivery, publishedAt)));
      const failed = results.find(({ ok }) => !ok);
      if (failed?.ok === false)
        throw new LogFault('nats_unavailable', 'deliveries were not all acknowledged', { cause: failed.cause });
    },

    send: ({ accountId, lane, audience = everyone, payload }) => {
      const headers = audienceHeaders(audience);
      link.connection.publish(subjects.cable(accountId, lane), payload, headers === undefined ? {} : { headers });
    },

    published: (since) => published(link, since),

    hear: async (accountId, lane, listener) => {
      const place = { accountId, lane };
      const subscription = link.connection.subscribe(subjects.cable(accountId, lane), {
        callback: (error: NatsError | null, message: Msg) => {
          if (error === null) listener(heardDelivery(place, message.data, headersIn(message)));
        },
      });
      await link.connection.flush().catch((cause: unknown) => {
        // Left alone it would come to life with the connection, heard by nobody or twice.
        subscription.unsubscribe();
        throw new LogFault('nats_unavailable', 'a lane could not be opened', { cause });
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
};

const messageOf = (delivery: Delivery, publishedAt: string): Outgoing => {
  const said = deliveryHeaders(delivery);
  said[headers.publishedAt] = publishedAt;
  said['Nats-Msg-Id'] = `${delivery.position}.${delivery.lane}`;
  return {
    subject: subjects.delivery(delivery.accountId, delivery.lane),
    headers: writtenHeaders(said),
    body: payloadOf(delivery),
  };
};

async function* published(link: NatsLink, since: number): AsyncGenerator<StoredDelivery> {
  const reader = await openStreamReader(link, { stream: DELIVERIES_STREAM, start: { since: Math.max(0, since) } });
  try {
    let left = reader.waiting;
    while (left > 0)
      for await (const message of await reader.request(left)) {
        left--;
        const { subject, headers } = reader.inOrder(message);
        const { accountId, lane } = placeOf(subject);
        yield { accountId, lane, position: positionIn(headers) };
      }
  } catch (error) {
    throw unreadable(error, DELIVERIES_STREAM);
  } finally {
    reader.close();
  }
}

const NOTHING = new Uint8Array();
const payloadOf = (delivery: Delivery): Uint8Array => (delivery.kind === 'frame' ? delivery.payload : NOTHING);
