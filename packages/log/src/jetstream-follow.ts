/** Following the log on JetStream: reading that begins anew, behind the last entry yielded, whenever NATS was away. */
import { setTimeout } from 'node:timers/promises';
import { positionOf, type Position } from '@cablehub/events';
import type { ConsumerMessages } from 'nats';
import type { NatsLink } from './connection.ts';
import { decoded, openReader, unreadable, type Reader } from './jetstream-reader.ts';
import type { FollowOptions, LogEntry } from './log.ts';

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

/** Follows until the signal, or until NATS goes or comes back. */
async function* followOnce(
  link: NatsLink,
  { after, filter, signal, maxBatch = 500 }: FollowOptions & { readonly after: Position },
): AsyncGenerator<readonly LogEntry[]> {
  const reader = await openReader(link, after, filter);
  const over = new AbortController();
  const stopListening = link.onChange(() => over.abort());
  const either = AbortSignal.any([over.signal, signal]);
  try {
    while (!either.aborted) yield* batches(reader, maxBatch, either);
  } finally {
    stopListening();
    reader.close();
  }
}

/** What one request brings, gathered as it arrives: a batch ends when nothing waits, or when it is full. */
async function* batches(reader: Reader, maxBatch: number, end: AbortSignal): AsyncGenerator<readonly LogEntry[]> {
  const messages: ConsumerMessages = await reader.request();
  const stop = (): void => messages.stop();
  end.addEventListener('abort', stop, { once: true });
  if (end.aborted) stop();
  let batch: LogEntry[] = [];
  try {
    for await (const message of messages) {
      if (end.aborted) return;
      batch.push(decoded(reader.inOrder(message)));
      // The message in hand counts as pending until the next one is asked for.
      if (batch.length < maxBatch && messages.getPending() > 1) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !end.aborted) yield batch;
  } finally {
    end.removeEventListener('abort', stop);
  }
}

/** Waits for as long as NATS is away. */
const untilUp = async (link: NatsLink, signal: AbortSignal): Promise<void> => {
  while (!link.isUp() && !link.connection.isClosed() && !signal.aborted) await pause(signal);
};

const pause = (signal: AbortSignal): Promise<void> =>
  setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined);
