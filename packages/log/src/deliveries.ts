/**
 * Where deliveries are published and heard: the DELIVERIES stream and the subjects NATS republishes it on.
 *
 * Stored deliveries are numbered by JetStream and kept for the resume window. Ephemeral ones (typing, presence) go to
 * the same ears at once and are never stored, so they are never replayed.
 */
import { positionOf, type AccountId, type Position } from '@cablehub/events';
import type { MsgHdrs, NatsError, Msg } from 'nats';
import type { NatsLink } from './connection.ts';
import {
  audienceHeaders,
  deliveryHeaders,
  everyone,
  heardDelivery,
  positionIn,
  type Audience,
  type Delivery,
  type HeardDelivery,
} from './delivery.ts';
import { LogFault } from './fault.ts';
import { jetStreamHistory } from './history-jetstream.ts';
import type { History, HistoryRequest, Tail } from './history.ts';
import { DELIVERIES_STREAM, subjects, type Lane } from './names.ts';

/** How far deliveries have been published: all up to `position` but, at `position` itself, only those in `lanes`. */
export type Published = { readonly position: Position; readonly lanes: ReadonlySet<string> };

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
  /** The newest event whose deliveries are stored, as far as they are still kept; position 0 when none is. */
  lastPublished(): Promise<Published>;
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
  const js = link.connection.jetstream({ timeout: ACK_TIMEOUT_MS });
  const { tail, read } = jetStreamHistory(link);

  const publishOne = (delivery: Delivery): Promise<unknown> =>
    js.publish(subjects.delivery(delivery.accountId, delivery.lane), payloadOf(delivery), {
      msgID: `${delivery.position}.${delivery.lane}`,
      headers: deliveryHeaders(delivery),
    });

  return {
    tail,
    read,
    publish: async (deliveries) => {
      await Promise.all(deliveries.map(publishOne)).catch((cause: unknown) => {
        throw new LogFault('nats_unavailable', 'deliveries were not all acknowledged', { cause });
      });
    },

    send: ({ accountId, lane, audience = everyone, payload }) => {
      const headers = audienceHeaders(audience);
      link.connection.publish(subjects.cable(accountId, lane), payload, headers === undefined ? {} : { headers });
    },

    lastPublished: async () => {
      const manager = await link.connection.jetstreamManager();
      const { state } = await manager.streams.info(DELIVERIES_STREAM);
      const lanes = new Set<string>();
      let position: Position = positionOf(0);
      for (let sequence = state.last_seq; sequence >= state.first_seq && state.messages > 0; sequence--) {
        const message = await manager.streams.getMessage(DELIVERIES_STREAM, { seq: sequence }).catch(() => null);
        if (message === null) break; // aged away in between
        const at = positionIn(message.header as MsgHdrs | undefined);
        if (position !== 0 && at !== position) break;
        position = at;
        lanes.add(message.subject);
      }
      return { position, lanes };
    },

    hear: async (accountId, lane, listener) => {
      const subscription = link.connection.subscribe(subjects.cable(accountId, lane), {
        callback: (error: NatsError | null, message: Msg) => {
          if (error === null) listener(heardDelivery(message.subject, message.data, message.headers));
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

const NOTHING = new Uint8Array();
const payloadOf = (delivery: Delivery): Uint8Array => (delivery.kind === 'frame' ? delivery.payload : NOTHING);
