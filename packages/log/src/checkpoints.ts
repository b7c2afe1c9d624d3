/**
 * How far deliveries have been published, kept beside DELIVERIES for as long as the log itself.
 *
 * Deliveries age away after the resume window, and the projector's own file can be lost; without this a projector that
 * starts from nothing would tell every connected client the whole history again.
 */
import { positionOf, type Position } from '@cablehub/events';
import { StringCodec } from 'nats';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { CHECKPOINTS_BUCKET } from './names.ts';
import { openBucket } from './tokens.ts';

/** All its faults are `nats_unavailable`. */
export interface Checkpoints {
  get(): Promise<Position>;
  put(position: Position): Promise<void>;
}

/** The checkpoint of one publisher: `projector.0-63`. */
export const jetStreamCheckpoints = async (link: NatsLink, publisher: string): Promise<Checkpoints> => {
  const bucket = await openBucket(link, CHECKPOINTS_BUCKET);
  const codec = StringCodec();
  return {
    get: async () => {
      const entry = await bucket.get(publisher).catch(unavailable);
      return positionOf(entry === null ? 0 : Number(codec.decode(entry.value)));
    },
    put: async (position) => void (await bucket.put(publisher, codec.encode(String(position))).catch(unavailable)),
  };
};

const unavailable = (cause: unknown): never => {
  throw new LogFault('nats_unavailable', 'the checkpoint cannot be reached', { cause });
};
