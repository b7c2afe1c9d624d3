/** Deliveries, tokens and checkpoints in memory: for tests, and to read first. */
import { positionOf, type Position } from '@cablehub/events';
import type { Checkpoints } from './checkpoints.ts';
import { heardDelivery, deliveryHeaders, everyone, type Delivery, type HeardDelivery } from './delivery.ts';
import type { Deliveries, EphemeralDelivery } from './deliveries.ts';
import { subjects, type Lane } from './names.ts';
import type { Grant, Tokens } from './tokens.ts';

export type MemoryDeliveries = Deliveries & {
  /** What is stored, in order. */
  readonly stored: readonly Delivery[];
  /** What was sent and not stored, in order. */
  readonly sent: readonly EphemeralDelivery[];
  /** Forgets what is stored, and what it would recognise as a repetition: both have their window. */
  readonly age: () => void;
};

export const memoryDeliveries = (): MemoryDeliveries => {
  const stored: Delivery[] = [];
  const sent: EphemeralDelivery[] = [];
  const seen = new Set<string>();
  const listeners = new Map<string, Set<(delivery: HeardDelivery) => void>>();
  let kept = 0;

  const tell = (lane: Lane, heard: HeardDelivery): void => {
    for (const listener of listeners.get(subjects.cable(heard.accountId, lane)) ?? []) listener(heard);
  };

  return {
    stored,
    sent,
    age: () => {
      kept = stored.length;
      seen.clear();
    },
    publish: async (deliveries) => {
      for (const delivery of deliveries) {
        const { accountId, lane, position } = delivery;
        const id = `${position}.${subjects.delivery(accountId, lane)}`;
        if (seen.has(id)) continue;
        seen.add(id);
        const previous = stored.findLastIndex((one) => one.accountId === accountId && one.lane === lane) + 1;
        const offset = stored.push(delivery);
        const payload = delivery.kind === 'frame' ? delivery.payload : new Uint8Array();
        const heard = heardDelivery(subjects.cable(accountId, lane), payload, deliveryHeaders(delivery));
        tell(lane, { ...heard, stored: { offset, previous } });
      }
    },
    send: (delivery) => {
      sent.push(delivery);
      const { accountId, lane, audience = everyone, payload } = delivery;
      tell(lane, { accountId, lane, stored: null, kind: 'frame', audience, payload });
    },
    lastPublished: async () => {
      const position = stored.slice(kept).at(-1)?.position ?? positionOf(0);
      const last = stored.slice(kept).filter((delivery) => delivery.position === position);
      return { position, lanes: new Set(last.map(({ accountId, lane }) => subjects.delivery(accountId, lane))) };
    },
    hear: async (accountId, lane, listener) => {
      const subject = subjects.cable(accountId, lane);
      const all = listeners.get(subject) ?? new Set();
      listeners.set(subject, all.add(listener));
      return { stop: () => void all.delete(listener) };
    },
  };
};

export const memoryTokens = (): Tokens & { readonly grants: ReadonlyMap<string, Grant> } => {
  const grants = new Map<string, Grant>();
  return {
    grants,
    get: async (key) => grants.get(key) ?? null,
    put: async (key, value) => void grants.set(key, value),
    delete: async (key) => void grants.delete(key),
  };
};

export const memoryCheckpoints = (): Checkpoints => {
  let kept: Position = positionOf(0);
  return { get: async () => kept, put: async (position) => void (kept = position) };
};
