/** Deliveries, tokens and checkpoints in memory: for tests, and to read first. */
import { positionOf } from '@cablehub/events';
import { headers as natsHeaders } from 'nats';
import type { Checkpoint, Checkpoints } from './checkpoints.ts';
import { heardDelivery, deliveryHeaders, everyone, type Delivery, type HeardDelivery } from './delivery.ts';
import type { Deliveries, EphemeralDelivery } from './deliveries.ts';
import { chained, HISTORY_PART, refusalOf, type HistoryRequest, type Kept } from './history.ts';
import { subjects, type Lane } from './names.ts';
import { allPartitions, projectorRole } from './partitions.ts';
import { DUPLICATE_WINDOW_MS } from './storage.ts';
import type { Grant, Tokens } from './tokens.ts';

export type MemoryDeliveries = Deliveries & {
  /** What is stored, in order. */
  readonly stored: readonly Delivery[];
  /** What was sent and not stored, in order. */
  readonly sent: readonly EphemeralDelivery[];
  /** Forgets what is stored, and what it would recognise as a repetition: both have their window. */
  readonly age: () => void;
  /** While deaf, what is published is stored and nobody hears it: a connection that is lost. */
  readonly deafen: (isDeaf: boolean) => void;
  /** Begins anew, under another epoch. */
  readonly renew: () => void;
};

export const memoryDeliveries = (now: () => number = Date.now, atOnce = HISTORY_PART.deliveries): MemoryDeliveries => {
  const stored: Delivery[] = [];
  const storedAt: number[] = [];
  let epoch = 1;
  let createdAt = now();
  let isDeaf = false;
  const sent: EphemeralDelivery[] = [];
  const seen = new Map<string, number>();
  const listeners = new Map<string, Set<(delivery: HeardDelivery) => void>>();
  let kept = 0;

  const tell = (lane: Lane, heard: HeardDelivery): void => {
    if (isDeaf) return;
    for (const listener of listeners.get(subjects.cable(heard.accountId, lane)) ?? []) listener(heard);
  };

  const keeping = (): Kept => ({
    epoch: `memory-${epoch}`,
    createdAt,
    first: kept + 1,
    firstAt: storedAt[kept] ?? 0,
    last: stored.length,
    lastAt: storedAt.at(-1) ?? 0,
    wholeFrom: Infinity,
    now: now(),
  });

  const between = ({ accountId, lane, start }: HistoryRequest, upTo: number): readonly HeardDelivery[] =>
    stored.slice(0, upTo).flatMap((delivery, index) => {
      if (index < kept || delivery.accountId !== accountId || delivery.lane !== lane) return [];
      if ('after' in start ? index < start.after : (storedAt[index] ?? 0) < start.since) return [];
      return [{ ...heardAs(delivery), stored: { offset: index + 1, previous: 0 } }];
    });

  return {
    stored,
    deafen: (deaf) => void (isDeaf = deaf),
    renew: () => {
      epoch += 1;
      createdAt = now();
      kept = 0;
      seen.clear();
      stored.length = storedAt.length = 0;
    },
    tail: async () => ({ epoch: keeping().epoch, offset: stored.length }),
    read: async (request) => {
      const refusal = refusalOf(request, keeping());
      if (refusal !== null) return { ok: false, reason: refusal };
      const upTo = Math.min(request.upTo ?? stored.length, stored.length);
      const all = between(request, upTo);
      const deliveries = chained(all.slice(0, atOnce), request.start);
      if (deliveries.length === all.length) return { ok: true, upTo, deliveries, isWhole: true };
      return { ok: true, upTo: deliveries.at(-1)?.stored?.offset ?? upTo, deliveries, isWhole: false };
    },
    sent,
    age: () => {
      kept = stored.length;
      seen.clear();
    },
    publish: async (deliveries) => {
      for (const delivery of deliveries) {
        const { accountId, lane, position } = delivery;
        const id = `${position}.${subjects.delivery(accountId, lane)}`;
        if (now() - (seen.get(id) ?? -Infinity) < DUPLICATE_WINDOW_MS) continue;
        seen.set(id, now());
        const previous = stored.findLastIndex((one) => one.accountId === accountId && one.lane === lane) + 1;
        const offset = stored.push(delivery);
        storedAt.push(now());
        tell(lane, { ...heardAs(delivery), stored: { offset, previous } });
      }
    },
    send: (delivery) => {
      sent.push(delivery);
      const { accountId, lane, audience = everyone, payload } = delivery;
      tell(lane, { accountId, lane, stored: null, kind: 'frame', audience, payload });
    },
    published: async function* (since) {
      for (const [index, { accountId, lane, position }] of stored.entries())
        if (index >= kept && (storedAt[index] ?? 0) >= since) yield { accountId, lane, position };
    },
    hear: async (accountId, lane, listener) => {
      const subject = subjects.cable(accountId, lane);
      const all = listeners.get(subject) ?? new Set();
      listeners.set(subject, all.add(listener));
      return { stop: () => void all.delete(listener) };
    },
  };
};

const heardAs = (delivery: Delivery): HeardDelivery => {
  const payload = delivery.kind === 'frame' ? delivery.payload : new Uint8Array();
  const said = natsHeaders();
  for (const [name, value] of Object.entries(deliveryHeaders(delivery))) said.set(name, value);
  return heardDelivery(delivery, payload, said);
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

export type MemoryCheckpoints = Checkpoints & {
  /** The checkpoint of another publisher, kept beside this one. */
  readonly of: (publisher: string) => MemoryCheckpoints;
};

export const memoryCheckpoints = (now: () => number = Date.now): MemoryCheckpoints => {
  const kept = new Map<string, Checkpoint>();
  const of = (publisher: string): MemoryCheckpoints => ({
    of,
    get: async () => kept.get(publisher)?.position ?? positionOf(0),
    put: async (position) => void kept.set(publisher, { position, putAt: now() }),
    all: async () => new Map(kept),
  });
  return of(projectorRole(allPartitions));
};
