/**
 * The projector as an app: one replica works, by lease; it folds the log, publishes deliveries and tells who types.
 *
 * The loss of NATS or a full disk ends a run, never the app: it goes on from its checkpoint as soon as it can. Only views
 * that belong to another log end it, because going on would tell people what never happened.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { positionOf } from '@cablehub/events';
import {
  connectNats,
  isWithin,
  jetStreamCheckpoints,
  jetStreamDeliveries,
  jetStreamLog,
  jetStreamSnapshots,
  jetStreamTokens,
  LogFault,
  natsSignals,
  projectorRole,
  storageReady,
  type Deliveries,
  type LogEntry,
  type Typing,
} from '@cablehub/log';
import { natsPlaceOf, openHealth, type Logger, type ProcessContext, type RunningApp } from '@cablehub/process';
import {
  announceTyping,
  isOffered,
  runProjector,
  viewFilesOf,
  type AnnounceOptions,
  type Batch,
  type ReadViews,
} from '@cablehub/projector';
import { projectorHealth } from './health.ts';
import { openViews } from './live-views.ts';
import { projectorMetrics, rateFromNow } from './metrics.ts';
import { prepareViews } from './preparation.ts';
import { snapshotting } from './snapshotting.ts';
import type { ProjectorSettings } from './settings.ts';
import { requestTurn } from './turn.ts';

const RETRY_MS = 500;
/** How long a stop waits for the batch in hand; what is cut off is done again at the next start. */
const STOP_MS = 5_000;

export const startProjector = async (
  settings: ProjectorSettings,
  { logger, metrics: registry }: ProcessContext,
): Promise<RunningApp & { readonly failed: Promise<never> }> => {
  const metrics = projectorMetrics(registry);
  const place = natsPlaceOf(settings);
  const report = await openHealth(settings, registry);
  const link = await connectNats({ ...place, name: 'cablehub-projector' });
  await storageReady(link, 'projector', (reason, cause) => logger.warn({ err: cause }, `waiting: ${reason}`));
  const { PARTITIONS: partitions } = settings;
  const log = jetStreamLog(link);
  const deliveries = jetStreamDeliveries(link);
  const tokens = await jetStreamTokens(link);
  const checkpoints = await jetStreamCheckpoints(link, projectorRole(partitions));
  const snapshots = await jetStreamSnapshots(link, { partitions });
  const signals = natsSignals(link);
  const files = viewFilesOf(settings.DATA_DIR, partitions);
  const live = openViews({ files, partitions, logger });
  const options: AnnounceOptions = { contactTokens: settings.CONTACT_TOKENS };
  const snapshotTaking = snapshotting({
    files,
    snapshots,
    everyEvents: settings.SNAPSHOT_EVENTS,
    everyMs: settings.SNAPSHOT_MINUTES * 60_000,
    now: Date.now,
    logger,
    metrics,
  });

  const stopped = new AbortController();
  let lost = new AbortController();
  let wake = (): void => undefined;
  const lease = requestTurn(link, {
    partitions,
    logger,
    onChange: (isHeld) => {
      metrics.leading(isHeld);
      logger.info({ isHeld }, isHeld ? 'working' : 'standing by');
      if (isHeld) lost = new AbortController();
      else lost.abort();
      wake();
    },
  });

  const health = projectorHealth({ isUp: link.isUp, isHeld: lease.isHeld, newest: () => newest });
  report.tell(health.now);

  /** Ends the run in hand when views are offered: the next one takes them over. */
  let offered = new AbortController();

  const runOnce = async (signal: AbortSignal): Promise<void> => {
    health.prepares();
    const preparing = { signal, partitions, farBehind: settings.SNAPSHOT_EVENTS || Infinity, onReplace: live.close };
    await prepareViews(
      { log, deliveries, checkpoints, snapshots, files, logger, metrics, signals },
      { ...options, ...preparing },
    );
    if (signal.aborted) return;
    const views = live.open();
    health.works(views.checkpoint());
    metrics.parkedNow(views.parked().length);
    offered = new AbortController();
    const silence = rateFromNow();
    await runProjector(
      { log, views, deliveries, tokens, checkpoints },
      {
        ...options,
        partitions,
        signal: AbortSignal.any([signal, offered.signal]),
        onBatch: (batch) => {
          logOddities(logger, batch);
          if (batch.parked.length > 0) metrics.parkedNow(views.parked().length);
          metrics.took(batch, Math.max(0, (newest ?? 0) - batch.position), Date.now());
          if (batch.silent > 0) metrics.replayed(batch.silent, silence(batch.silent));
          position = batch.position;
          health.took(position);
          snapshotTaking.look(position);
        },
      },
    );
  };

  // Known from time to time only: the lag it gives is for people, nothing decides on it.
  let newest: number | null = null;
  let position = positionOf(0);
  const lookAround = setInterval(() => {
    if (isOffered(files)) offered.abort();
    if (lease.isHeld() && position > 0) snapshotTaking.look(position);
    if (link.isUp())
      void log.lastPosition().then(
        (last) => (newest = last),
        () => undefined,
      );
  }, 1_000);

  const work = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      if (!lease.isHeld()) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      try {
        await runOnce(AbortSignal.any([stopped.signal, lost.signal]));
      } catch (error) {
        if (error instanceof LogFault && error.code === 'log_unreadable') throw error;
        health.fails();
        logger.error({ err: error }, 'the projector stopped; it goes on from its checkpoint');
        await pause(RETRY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  };

  const typing = await signals.hearTyping((signal) => {
    const isOurs = lease.isHeld() && isWithin(partitions, signal.accountId);
    const views = isOurs ? live.reading() : null;
    if (views !== null) metrics.typed(tellTyping({ views, deliveries, options }, signal));
  });

  const working = work();
  // Resolves only when asked to stop, so it can be raced against a wish to stop.
  const failed = working.then(() => new Promise<never>(() => undefined));
  failed.catch(health.ends);

  return {
    failed,
    stop: async () => {
      typing.stop();
      clearInterval(lookAround);
      stopped.abort();
      wake();
      await Promise.race([working.catch(() => undefined), pause(STOP_MS, undefined, { ref: false })]);
      await Promise.race([snapshotTaking.end(), pause(STOP_MS, undefined, { ref: false })]);
      await lease.release();
      await link.close();
      live.close();
      await report.stop();
    },
  };
};

const logOddities = (logger: Logger, { parked, duplicates }: Batch): void => {
  const about = (entry: LogEntry) => {
    const { position, accountId: account, type } = entry;
    return { position, account, type, ...(entry.type === 'unreadable' ? {} : { event: entry.id }) };
  };
  for (const { entry, outcome } of parked)
    logger.warn({ ...about(entry), parkedFor: outcome.kind === 'parked' ? outcome.reason : '' }, 'parked');
  for (const entry of duplicates) logger.debug(about(entry), 'passed over an event that was sent again');
};

type TypingPorts = { readonly views: ReadViews; readonly deliveries: Deliveries; readonly options: AnnounceOptions };

/** Sends what a typing signal tells; how many lanes heard it. */
const tellTyping = ({ views, deliveries, options }: TypingPorts, signal: Typing): number => {
  const announcements = announceTyping(views, signal, { now: Date.now(), options });
  for (const announcement of announcements) deliveries.send({ accountId: signal.accountId, ...announcement });
  return announcements.length;
};
