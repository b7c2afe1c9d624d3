/** Presence as an app: its place in NATS, its replicas, its timer. */
import { randomUUID } from 'node:crypto';
import { positionOf, type Position } from '@cablehub/events';
import {
  connectNats,
  jetStreamDeliveries,
  jetStreamLog,
  natsSignals,
  requestLease,
  storageReady,
  type EphemeralDelivery,
  type EventLog,
  type Lease,
  type LogEntry,
  type NatsLink,
} from '@cablehub/log';
import {
  natsPlaceOf,
  openHealth,
  type HealthReport,
  type Logger,
  type ProcessContext,
  type RunningApp,
} from '@cablehub/process';
import { createPresenceMetrics } from './metrics.ts';
import { createPresence } from './presence.ts';
import { createRecorder } from './recorder.ts';
import { timingOf, type PresenceSettings, type Timing } from './settings.ts';

/**
 * Starts presence, which waits for storage to be set up. Resolves when it has read the log's agents and hears beats; several replicas may run, and one of them
 * speaks. Fails when the log can no longer be followed. `timing` replaces what the settings and defaults say.
 */
export const startPresence = async (
  settings: PresenceSettings,
  context: ProcessContext,
  timing: Partial<Timing> = {},
): Promise<RunningApp> => {
  const place = natsPlaceOf(settings);
  const health = await openHealth(settings, context.metrics);
  try {
    const link = await connectNats({ ...place, name: 'cablehub-presence' });
    return await run({ link, health }, context, { ...timingOf(settings), ...timing });
  } catch (error) {
    await health.stop();
    throw error;
  }
};

type Edges = { readonly link: NatsLink; readonly health: HealthReport };

const run = async (edges: Edges, context: ProcessContext, timing: Timing): Promise<RunningApp> => {
  try {
    await storageReady(edges.link, 'presence', (reason, cause) =>
      context.logger.warn({ err: cause }, `waiting: ${reason}`),
    );
    return await speak(edges, context, timing);
  } catch (error) {
    await edges.link.close();
    throw error;
  }
};

const speak = async (
  { link, health }: Edges,
  { logger, metrics: registry }: ProcessContext,
  timing: Timing,
): Promise<RunningApp> => {
  const log = jetStreamLog(link);
  const signals = natsSignals(link);
  const deliveries = jetStreamDeliveries(link);
  let lease: Lease | null = null;
  const holdsLease = (): boolean => lease?.isHeld() ?? false;

  const recorder = createRecorder({
    log,
    time: () => new Date().toISOString(),
    onRecorded: () => metrics.changes.inc(),
    onFailed: ({ accountId, userId }, failure) => {
      metrics.failedChanges.inc({ reason: failure.reason });
      // Another event about the agent came first and is about to arrive here: that is no trouble.
      const level = failure.reason === 'wrong_expected_version' ? 'debug' : 'warn';
      const cause = failure.reason === 'unconfirmed' ? failure.cause : undefined;
      logger[level](
        { account: accountId, user: userId, reason: failure.reason, err: cause },
        'an availability change is tried again',
      );
      presence.recordAgain(accountId);
    },
  });

  const send = (delivery: EphemeralDelivery): void => {
    try {
      deliveries.send(delivery);
      const isToOne = delivery.audience?.kind === 'only' || delivery.lane.startsWith('contact.');
      metrics.frames.inc({ to: isToOne ? 'member' : 'account' });
    } catch (error) {
      // Larger than NATS takes, or the connection has just been closed: nobody else need suffer for it.
      metrics.refusedFrames.inc();
      logger.warn({ account: delivery.accountId, err: error }, 'a presence snapshot could not be sent');
    }
  };

  const presence = createPresence(timing, {
    now: () => performance.now(),
    isUp: link.isUp,
    holdsLease,
    send,
    record: recorder.record,
  });
  const metrics = createPresenceMetrics(registry, { present: presence.count, holdsLease });

  const beats = await signals.hearBeats((account, beat) => {
    if (!Number.isSafeInteger(account) || account <= 0) return; // no gateway of ours sent it
    metrics.beats.inc({ kind: beat.kind });
    presence.hear(account, beat);
  });
  const apply = (entry: LogEntry): void => {
    if (entry.type === 'unreadable')
      logger.warn({ position: entry.position, reason: entry.reason }, 'skipped an event');
    presence.apply(entry);
  };
  const position = await readAgents(log, apply);
  const questions = await signals.answerPresence(presence.answer);
  // Last of what can fail, and only now that this replica could speak: until then another may.
  const asked = await requestLease(link, {
    role: 'presence',
    holder: randomUUID(),
    onChange: (isHeld) => logger.info(isHeld ? 'took the lease: this replica speaks' : 'lost the lease'),
  });
  lease = asked;
  presence.begin();
  const forgetLink = link.onChange((isUp) => {
    if (isUp) presence.resume();
  });
  const timer = setInterval(presence.tick, timing.tickMs);
  const ended = new AbortController();
  const following = followAgents(log, { position, apply, signal: ended.signal });
  let isFollowing = true;
  const stopFollowing = (): void => void (isFollowing = false);
  following.then(stopFollowing, stopFollowing);
  health.tell(() => ({
    isLive: isFollowing && !link.connection.isClosed(),
    isReady: isFollowing && link.isUp(),
    state: holdsLease() ? 'working' : 'standing by',
    details: { nats: link.isUp(), ...presence.count() },
  }));
  logger.info({ position }, 'presence hears beats');

  return {
    failed: failureOf(following, logger),
    stop: async () => {
      clearInterval(timer);
      forgetLink();
      ended.abort();
      beats.stop();
      questions.stop();
      await recorder.idle();
      await asked.release();
      await following.catch(() => undefined); // told by `failed`
      await link.close();
      await health.stop();
    },
  };
};

/** Applies what is known of agents. Gives the position to follow from. */
const readAgents = async (log: EventLog, apply: (entry: LogEntry) => void): Promise<Position> => {
  let position = positionOf(0);
  for await (const entry of log.read({ filter: { entity: 'agent' } })) {
    apply(entry);
    position = entry.position;
  }
  return position;
};

type Following = {
  readonly position: Position;
  readonly apply: (entry: LogEntry) => void;
  readonly signal: AbortSignal;
};

const followAgents = async (log: EventLog, { position, apply, signal }: Following): Promise<void> => {
  for await (const batch of log.follow({ after: position, filter: { entity: 'agent' }, signal })) batch.forEach(apply);
};

const failureOf = (following: Promise<void>, logger: Logger): Promise<never> => {
  const failed = following.then(() => new Promise<never>(() => undefined));
  failed.catch((error: unknown) => logger.fatal({ err: error }, 'presence can no longer follow the log'));
  return failed;
};
