/**
 * Views of one's own, folded by a thread of their own (follow-worker.ts): whoever answers requests only reads.
 *
 * The thread writes the file, this side reads it; SQLite's WAL lets them. Between them go only the positions that the views have
 * come to, and faults: no event is handed over.
 */
import { Worker } from 'node:worker_threads';
import { positionOf } from '@cablehub/events';
import type { NatsOptions } from '@cablehub/log';
import { ViewsFault } from './database.ts';
import type { FollowedViews, FollowViewsOptions, Reached } from './follow.ts';
import { faultOf, type ToldFault } from './told-fault.ts';
import { turnReading } from './turn-reading.ts';
import { waitingFrom } from './waiting.ts';

/** What the thread is given. */
export type FollowWork = Pick<FollowViewsOptions, 'files' | 'farBehind' | 'maxBatch'> & {
  /** Where the thread's own connection goes. */
  readonly nats: NatsOptions;
};

export type FollowInThreadOptions = FollowWork & Pick<FollowViewsOptions, 'signal' | 'onFault'>;

export type FollowedInThread = FollowedViews & {
  /** Rejects when the thread dies, which is a bug or a lack of memory; nothing is reached any more then. */
  readonly failed: Promise<never>;
};

/** What the thread says. */
export type ThreadNews =
  | { readonly kind: 'begun' }
  | { readonly kind: 'reached'; readonly reached: Reached | null }
  | { readonly kind: 'fault'; readonly fault: ToldFault };

/** What was built, also for those who run from the sources: Node 20 starts no thread from TypeScript. */
const program = new URL('../dist/follow-worker.js', import.meta.url);

/** Resolves once the thread has begun. Faults: those of `connectNats`. */
export const followViewsInThread = async ({
  signal,
  onFault,
  ...work
}: FollowInThreadOptions): Promise<FollowedInThread> => {
  // Without the arguments of this process, which may say that packages are found by their sources.
  const worker = new Worker(program, { workerData: work satisfies FollowWork, execArgv: [] });
  const waiting = waitingFrom(positionOf(0));
  const file = turnReading(work.files.live);
  let reached: Reached | null = null;

  const reach = (now: Reached | null): void => {
    reached = now;
    // It is about to be replaced by another.
    if (now === null) file.close();
    waiting.reach(now?.position ?? positionOf(0));
  };
  const forget = (): void => {
    reach(null);
    waiting.end();
  };

  const begun = new Promise<void>((resolve) => {
    worker.on('message', (news: ThreadNews) => {
      if (news.kind === 'begun') resolve();
      else if (news.kind === 'fault') onFault?.(faultOf(news.fault));
      else if (!signal.aborted) reach(news.reached);
    });
  });
  const died = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (!signal.aborted) reject(new Error(`the thread that folds the views ended by itself, with code ${code}`));
    });
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      forget();
      resolve();
    });
  });
  const end = (): void => {
    // Closed before the thread's own: who closes last brings the WAL into the file, and must be able to write.
    forget();
    worker.postMessage('end');
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  await Promise.race([begun, died]);

  return {
    position: () => reached?.position ?? positionOf(0),
    waitFor: waiting.until,
    reading: () => {
      if (reached === null) throw new ViewsFault('the views are not open yet, or not any more');
      return file.now(reached.position);
    },
    hasCaughtUp: () => reached?.hasCaughtUp ?? false,
    ended,
    // Not `died` itself, which is listened to above: a death that nobody listens to must end the process.
    failed: died.finally(() => undefined),
  };
};
