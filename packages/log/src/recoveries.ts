/**
 * What gateways remember of the sockets of clients that cannot remember for themselves, for as long as deliveries are kept.
 *
 * Keys are digests of the whole identifier, token included: whoever does not hold the token cannot name the entry, and who can
 * read the bucket learns no token.
 */
import { hash } from 'node:crypto';
import { JSONCodec } from 'nats';
import { z } from 'zod';
import { acknowledgedPublishing } from './acknowledged.ts';
import { bucketReading } from './bucket-reading.ts';
import { isOutrun } from './compare-and-set.ts';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { RECOVERIES_BUCKET } from './names.ts';
import { openBucket } from './tokens.ts';
import { writtenHeaders } from './written-headers.ts';

export const rememberedSocket = z.object({
  /** Unique among all gateways. */
  socket: z.string(),
  gateway: z.string(),
  /** Everything up to here was received: at the subscribe while it lives, at the last proof once it is lost. */
  offset: z.int().nonnegative(),
  isLost: z.boolean(),
  /** What follows this offset it was told because it was missed, and has not proven to have received. Absent: there is nothing such. */
  owed: z.int().nonnegative().optional(),
});
export type RememberedSocket = Readonly<z.infer<typeof rememberedSocket>>;

/** What is remembered of one identifier. */
const memory = z.object({
  /** Of the deliveries' stream; another stream's offsets mean nothing. */
  epoch: z.string(),
  sockets: z.array(rememberedSocket),
});
export type Memory = { readonly epoch: string; readonly sockets: readonly RememberedSocket[] };

/** What a gateway last said of all its sockets: the least offset that any of them had proven to have received. */
const floor = z.object({ offset: z.int().nonnegative(), at: z.number() });
export type Floor = { readonly offset: number; /** Unix time in ms. */ readonly at: number };

export interface Recoveries {
  /**
   * Changes what is remembered of an identifier, given what is; gives what the change gives. Two changes at once both count: one
   * sees the other's. Faults: `nats_unavailable`.
   */
  change<T>(
    identifier: string,
    change: (memory: Memory | null) => { readonly memory: Memory; readonly result: T },
  ): Promise<T>;
  /** Says this gateway's floor. Faults: `nats_unavailable`. */
  sayFloor(gateway: string, value: Floor): Promise<void>;
  /** The floors of all gateways, as last heard. */
  readonly floors: ReadonlyMap<string, Floor>;
  /** Ends the hearing of floors. */
  stop(): void;
}

/** Each try loses only to another change that succeeded. */
const MAX_TRIES = 20;
const FLOORS = 'floor';
const TIMEOUT_MS = 5_000;

export const recoveryKey = (identifier: string): string => hash('sha256', identifier, 'base64url');

export const jetStreamRecoveries = async (link: NatsLink): Promise<Recoveries> => {
  const bucket = await openBucket(link, RECOVERIES_BUCKET);
  const codec = JSONCodec<unknown>();
  const floors = new Map<string, Floor>();
  const watch = await bucket.watch({ key: `${FLOORS}.*` }).catch(unavailable);
  const hear = async (): Promise<void> => {
    for await (const { key, value, operation } of watch) {
      const said = operation === 'PUT' ? floor.safeParse(codec.decode(value)).data : undefined;
      if (said !== undefined) floors.set(key.slice(FLOORS.length + 1), said);
    }
  };
  void hear();

  const { get } = bucketReading(link, RECOVERIES_BUCKET, TIMEOUT_MS);
  const { publish } = acknowledgedPublishing(link, TIMEOUT_MS);

  /** Writes unless another was faster. */
  const replace = async (key: string, next: Memory, revision: number): Promise<boolean> => {
    const headers = writtenHeaders({ 'Nats-Expected-Last-Subject-Sequence': String(revision) });
    const body = JSON.stringify(next);
    const [result] = await publish([{ subject: `$KV.${RECOVERIES_BUCKET}.${key}`, headers, body }]);
    if (result!.ok) return true;
    const { cause } = result!;
    return isOutrun(cause) ? false : unavailable(cause);
  };

  return {
    floors,
    stop: () => watch.stop(),
    sayFloor: async (gateway, value) => {
      floors.set(gateway, value);
      await bucket.put(`${FLOORS}.${gateway}`, codec.encode(value)).catch(unavailable);
    },
    change: async (identifier, change) => {
      const key = recoveryKey(identifier);
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const entry = await get(key).catch(unavailable);
        const known = entry?.value == null ? undefined : memory.safeParse(codec.decode(entry.value)).data;
        const { memory: next, result } = change(known ?? null);
        if (await replace(key, next, entry?.revision ?? 0)) return result;
      }
      throw new LogFault('nats_unavailable', 'what is remembered of a socket changes faster than it can be written');
    },
  };
};

const unavailable = (cause: unknown): never => {
  throw new LogFault('nats_unavailable', 'what is remembered of sockets cannot be reached', { cause });
};

/** The same in memory: for tests, and for several gateways in one process. */
export const memoryRecoveries = (): Recoveries => {
  const memories = new Map<string, Memory>();
  const floors = new Map<string, Floor>();
  return {
    floors,
    stop: () => undefined,
    sayFloor: async (gateway, value) => void floors.set(gateway, value),
    change: async (identifier, change) => {
      const key = recoveryKey(identifier);
      const { memory: next, result } = change(memories.get(key) ?? null);
      memories.set(key, next);
      return result;
    },
  };
};
