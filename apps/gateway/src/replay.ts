/**
 * Telling one subscription what it missed: everything on its lane behind an offset, or since a time, in order and whole, while
 * what comes waits; or why not. However much it is, no more than a part of it is held at a time.
 *
 * Both the history that a client asks for and whatever recovers a client that cannot ask go through here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HeardDelivery, History, HistoryRefusal, HistoryStart } from '@cablehub/log';
import type { Feed } from './feed.ts';
import type { LaneHistory } from './lanes.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { RecoveryOutcome } from './outcomes.ts';
import type { Outbox } from './outbox.ts';
import { createTurns } from './turns.ts';

export type Replay = {
  readonly feed: Feed;
  readonly history: LaneHistory;
  readonly outbox: Pick<Outbox, 'room'>;
  readonly metrics: Pick<GatewayMetrics, 'framesReplayed'>;
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal;
};

const RETRY_MS = 100;
/** How much is sent before the reader is looked at. */
const CHUNK_BYTES = 65_536;

/** Of the whole process, because its event loop is: what is live goes out between two slices. */
const turns = createTurns({ sliceMs: 10, now: () => performance.now(), later: setImmediate });

/**
 * Tells what lies behind the start and was not told yet. The subscription must be live; what its lanes bring meanwhile is held,
 * and told afterwards by whoever calls `feed.release`, once the answer is sent. Tries again while NATS is away; rejects
 * only after the signal. A refusal comes before anything is told, unless what is behind a part was removed while it was told.
 */
export const replay = async (target: Replay, start: HistoryStart): Promise<'confirmed' | HistoryRefusal> => {
  const { feed, history } = target;
  feed.hold();
  if ('after' in start && start.after >= feed.from) return skip(target, start.after);
  const upTo = feed.from;
  const read = (from: HistoryStart) => patiently(target.signal, () => history.read(from, upTo));
  const first = await read(start);
  const refusal = await tellAll(target, first, read);
  if (refusal !== null) return refusal;
  feed.has('after' in start ? start.after : beginningOf(first, upTo));
  return 'confirmed';
};

/** Tells a part and all that follow it; says why when one of them cannot be read. */
const tellAll = async (
  target: Replay,
  first: History,
  read: (start: HistoryStart) => Promise<History>,
): Promise<HistoryRefusal | null> => {
  for (let part = first; ; part = await read({ after: part.upTo })) {
    if (!part.ok) return part.reason;
    await tell(target, part);
    if (part.isWhole) return null;
  }
};

const beginningOf = (first: History, otherwise: number): number =>
  (first.ok ? first.deliveries[0]?.stored?.previous : undefined) ?? otherwise;

/** Tells what lies behind the first of these offsets from which all can be told; says which have expired. */
export const replayFirst = async (
  target: Replay,
  starts: readonly number[],
  expired: (offset: number) => void,
): Promise<RecoveryOutcome> => {
  let outcome: RecoveryOutcome = 'nothing_missed';
  for (const after of starts) {
    outcome = await replay(target, { after });
    if (outcome === 'confirmed') break;
    if (outcome === 'expired') expired(after);
  }
  return outcome;
};

/** The subscriber has all that was before this connection began to tell, and maybe more than its lane here has heard of. */
const skip = async ({ feed, history, signal }: Replay, after: number): Promise<'confirmed' | HistoryRefusal> => {
  if (after > Math.max(feed.passed, history.position())) {
    const { epoch, offset } = await patiently(signal, () => history.tail());
    if (epoch !== history.epoch) return 'foreign_epoch';
    if (after > offset) return 'future';
  }
  feed.has(Math.max(after, feed.from));
  return 'confirmed';
};

const tell = async (
  { feed, outbox, metrics }: Replay,
  { deliveries }: History & { readonly ok: true },
): Promise<void> => {
  // A revocation is about whoever was there at that time.
  const frames = deliveries.filter((delivery) => delivery.kind === 'frame');
  for (let told = 0; told < frames.length;) {
    // Asking for room writes what was told, so that a turn is as long as all the work that it makes.
    const room = await turns.take(() => {
      const until = chunkEnd(frames, told);
      for (; told < until; told++) feed.tellAgain(frames[told]!);
      return { taken: outbox.room() };
    });
    await room.taken;
  }
  metrics.framesReplayed.inc(frames.length);
};

/** Up to where a chunk goes that begins at an index. */
const chunkEnd = (frames: readonly (HeardDelivery & { readonly kind: 'frame' })[], from: number): number => {
  let bytes = 0;
  let end = from;
  while (end < frames.length && bytes < CHUNK_BYTES) bytes += frames[end++]!.payload.length;
  return end;
};

const patiently = async <Answer>(signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> => {
  for (;;) {
    const answer = await ask().catch(() => null);
    signal.throwIfAborted();
    if (answer !== null) return answer;
    await delay(RETRY_MS, undefined, { signal });
  }
};
