/**
 * How far deliveries have been published, kept beside DELIVERIES for as long as the log itself.
 *
 * Deliveries age away after the resume window, and the projector's own file can be lost; without this a projector that
 * starts from nothing would tell every connected client the whole history again.
 */
import { positionOf, type Position } from '@cablehub/events';
import { StringCodec, type KvEntry } from 'nats';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { CHECKPOINTS_BUCKET } from './names.ts';
import { openBucket } from './tokens.ts';

export type Checkpoint = {
  readonly position: Position;
  /** When it was put, by the clock of NATS: milliseconds since 1970. */
  readonly putAt: number;
};

/** The checkpoint of one publisher. All its faults are `nats_unavailable`. */
export interface Checkpoints {
  get(): Promise<Position>;
  put(position: Position): Promise<void>;
  /** Those of all publishers there ever were, this one included, by publisher. */
  all(): Promise<ReadonlyMap<string, Checkpoint>>;
}

const PREFIX = `$KV.${CHECKPOINTS_BUCKET}.`;

/** The checkpoint of one publisher: `projector.0-63`. */
export const jetStreamCheckpoints = async (link: NatsLink, publisher: string): Promise<Checkpoints> => {
  const bucket = await openBucket(link, CHECKPOINTS_BUCKET);
  const codec = StringCodec();
  const read = (entry: KvEntry | null): Position => positionOf(entry === null ? 0 : Number(codec.decode(entry.value)));

  const readAll = async (): Promise<ReadonlyMap<string, Checkpoint>> => {
    const checkpoints = new Map<string, Checkpoint>();
    const manager = await link.connection.jetstreamManager();
    const { state } = await manager.streams.info(`KV_${CHECKPOINTS_BUCKET}`, { subjects_filter: `${PREFIX}>` });
    for (const subject of Object.keys(state.subjects ?? {})) {
      const key = subject.slice(PREFIX.length);
      const entry = await bucket.get(key);
      if (entry !== null) checkpoints.set(key, { position: read(entry), putAt: entry.created.getTime() });
    }
    return checkpoints;
  };

  return {
    get: async () => read(await bucket.get(publisher).catch(unavailable)),
    put: async (position) => void (await bucket.put(publisher, codec.encode(String(position))).catch(unavailable)),
    all: () => readAll().catch(unavailable),
  };
};

const unavailable = (cause: unknown): never => {
  throw new LogFault('nats_unavailable', 'the checkpoint cannot be reached', { cause });
};
