/**
 * What gateways remember of the sockets of clients that cannot remember for themselves, for as long as deliveries are kept.
 *
 * Keys are digests of the whole identifier, token included: whoever does not hold the token cannot name the entry, and who can
 * read the bucket learns no token.
 */
import { createHash } from 'node:crypto';
import { JSONCodec, NatsError, type KV } from 'nats';
import limitTo from 'p-limit';
import { z } from 'zod';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { RECOVERIES_BUCKET } from './names.ts';
import { openBucket } from './tokens.ts';

export const rememberedSocket = z.object({
  /** Unique among all gateways. */
  socket: z.string(),
  gateway: z.string(),
  /** Everything up to here was received: at the subscribe while it lives, at the last proof once it is lost. */
  offset: z.int().nonnegative(),
  isLost: z.boolean(),
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
/** Changes that may be under way: all sockets of a gateway can be lost at once, and all can come back. */
const AT_ONCE = 128;

export const recoveryKey = (identifier: string): string => createHash('sha256').update(identifier).digest('base64url');

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

  const limited = limitTo(AT_ONCE);
  const changeNow: Recoveries['change'] = async (identifier, change) => {
    const key = recoveryKey(identifier);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const entry = await bucket.get(key).catch(unavailable);
      const known = entry?.operation === 'PUT' ? memory.safeParse(codec.decode(entry.value)).data : undefined;
      const { memory: next, result } = change(known ?? null);
      if (await replaced(bucket, { key, value: codec.encode(next), revision: entry?.revision ?? 0 })) return result;
    }
    throw new LogFault('nats_unavailable', 'what is remembered of a socket changes faster than it can be written');
  };

  return {
    floors,
    stop: () => watch.stop(),
    sayFloor: async (gateway, value) => {
      floors.set(gateway, value);
      await bucket.put(`${FLOORS}.${gateway}`, codec.encode(value)).catch(unavailable);
    },
    change: (identifier, change) => limited(() => changeNow(identifier, change)),
  };
};

type Replacement = { readonly key: string; readonly value: Uint8Array; readonly revision: number };

const WRONG_LAST_SEQUENCE = 10_071;

/** Writes unless another was faster. */
const replaced = async (bucket: KV, { key, value, revision }: Replacement): Promise<boolean> => {
  try {
    await bucket.put(key, value, { previousSeq: revision });
    return true;
  } catch (error) {
    const isOvertaken = error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE;
    return isOvertaken ? false : unavailable(error);
  }
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
