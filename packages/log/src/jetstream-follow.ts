/** Following the log on JetStream: reading that begins anew, behind the last entry yielded, whenever NATS was away. */
import { setTimeout } from 'node:timers/promises';
import { positionOf, type Position } from '@cablehub/events';
import type { NatsLink } from './connection.ts';
import { unreadable } from './stream-reader.ts';
import type { FollowOptions, LogEntry } from './log.ts';
import { decoded, pullEntries } from './pulled-entries.ts';

/** Before a follower that lost NATS, or its place there, looks again. */
const RETRY_MS = 100;

export async function* follow(link: NatsLink, options: FollowOptions): AsyncGenerator<readonly LogEntry[]> {
  const { signal } = options;
  let after = options.after ?? positionOf(0);
  while (!signal.aborted) {
    await untilUp(link, signal);
    if (signal.aborted) return;
    try {
      for await (const batch of followOnce(link, { ...options, after })) {
        after = batch.at(-1)?.position ?? after;
        yield batch;
      }
    } catch (error) {
      const fault = unreadable(error);
      if (fault.code !== 'nats_unavailable' || link.connection.isClosed()) throw fault;
      // NATS is away, or has come back without our consumer.
    }
    await pause(signal);
  }
}

/** Follows until the signal, or until NATS goes or comes back. A batch is what has arrived when it is asked for. */
async function* followOnce(
  link: NatsLink,
  { after, filter, signal, maxBatch = 500 }: FollowOptions & { readonly after: Position },
): AsyncGenerator<readonly LogEntry[]> {
  const reading = await pullEntries(link, { after, filter, as: decoded });
  const over = new AbortController();
  const stopListening = link.onChange(() => over.abort());
  const either = AbortSignal.any([over.signal, signal]);
  try {
    while (!either.aborted) {
      const batch = await reading.next(maxBatch, either);
      if (batch.length > 0) yield batch;
    }
  } finally {
    stopListening();
    reading.close();
  }
}

/** Waits for as long as NATS is away. */
const untilUp = async (link: NatsLink, signal: AbortSignal): Promise<void> => {
  while (!link.isUp() && !link.connection.isClosed() && !signal.aborted) await pause(signal);
};

const pause = (signal: AbortSignal): Promise<void> =>
  setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined);
