/**
 * Counters in a JetStream bucket: each key holds the last number given, and is only ever replaced by whoever has read what it
 * replaces.
 *
 * An answer that is lost on the way leaves a hole, never a number given twice.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { StringCodec } from 'nats';
import { isOutrun } from './compare-and-set.ts';
import type { NatsLink } from './connection.ts';
import { following, type Counters } from './counters.ts';
import { LogFault } from './fault.ts';
import { COUNTERS_BUCKET } from './names.ts';
import { openBucket } from './tokens.ts';

/** Each time one of those who race succeeds, so whoever is outrun so often is not racing any more. */
const MOST_TRIES = 200;
const MOST_PAUSE_MS = 20;

export const jetStreamCounters = async (link: NatsLink): Promise<Counters> => {
  const bucket = await openBucket(link, COUNTERS_BUCKET);
  const codec = StringCodec();

  /** Null: another took first. */
  const tryToTake = async (counter: string, count: number, above: number): Promise<number | null> => {
    const entry = await bucket.get(counter);
    const taken = following(entry === null ? 0 : Number(codec.decode(entry.value)), count, above);
    const value = codec.encode(String(taken.last));
    try {
      await (entry === null ? bucket.create(counter, value) : bucket.update(counter, value, entry.revision));
      return taken.first;
    } catch (error) {
      if (isOutrun(error)) return null;
      throw error;
    }
  };

  const take = async (counter: string, count: number, above: number): Promise<number> => {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const first = await tryToTake(counter, count, above);
      if (first !== null) return first;
      await pause(Math.random() * Math.min(MOST_PAUSE_MS, tries));
    }
    throw new Error(`outrun ${MOST_TRIES} times`);
  };

  return {
    take: (counter, count, above = 0) =>
      take(counter, count, above).catch((cause: unknown) => {
        if (cause instanceof RangeError) throw cause;
        throw new LogFault('nats_unavailable', `the counter ${counter} cannot be reached`, { cause });
      }),
  };
};
