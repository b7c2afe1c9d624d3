/** A replay that says how far it is, to whoever watches the hub. */
import { randomUUID } from 'node:crypto';
import type { Position } from '@cablehub/events';
import { allPartitions, rangeName, type EventLog, type ReplaySignal, type Signals } from '@cablehub/log';
import { replay, type Replayed, type ReplayOptions } from './replay.ts';
import type { Views } from './views.ts';

export type ReportingPorts = {
  readonly log: EventLog;
  readonly views: Views;
  readonly signals: Pick<Signals, 'sendReplay'>;
};

export type ReportingOptions = ReplayOptions & {
  readonly by: ReplaySignal['by'];
  readonly upTo: Position;
};

/** Also while nothing moves, so that one that stands still can be told from one that is gone. */
const SAY_MS = 500;

/** As `replay`. A signal that cannot be sent is lost, and the replay goes on. */
export const reportedReplay = async (
  { log, views, signals }: ReportingPorts,
  options: ReportingOptions,
): Promise<Replayed> => {
  const { by, partitions = allPartitions } = options;
  const from = views.checkpoint();
  const about = { id: randomUUID(), by, partitions: rangeName(partitions), from, upTo: Math.max(options.upTo, from) };
  const startedAt = performance.now();
  let position = from;
  const say = (state: ReplaySignal['state']): void => {
    try {
      signals.sendReplay({ ...about, state, position, elapsedMs: Math.round(performance.now() - startedAt) });
    } catch {
      // NATS is gone: whoever reads the log learns it, too.
    }
  };
  const timer = setInterval(() => say('running'), SAY_MS);
  let end: ReplaySignal['state'] = 'stopped';
  say('running');
  try {
    const replayed = await replay(log, views, {
      ...options,
      onProgress: (progress) => {
        ({ position } = progress);
        options.onProgress?.(progress);
      },
    });
    if (replayed.isFinished) end = 'finished';
    return replayed;
  } finally {
    clearInterval(timer);
    say(end);
  }
};
