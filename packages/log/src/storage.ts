/**
 * The streams and buckets of the hub, made and kept as they should be, and waited for by those who may not make them.
 *
 * They may be ensured by several at the same time. What exists is brought up to date; what carries one of our names but is
 * not ours is refused rather than changed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DiscardPolicy,
  nanos,
  NatsError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import {
  ATTACHMENTS_BUCKET,
  ATTACHMENTS_STREAM,
  bucketStream,
  CHECKPOINTS_BUCKET,
  CLAIMS_BUCKET,
  COUNTERS_BUCKET,
  DELIVERIES_STREAM,
  EVENTS_STREAM,
  KEYS_BUCKET,
  LEASES_BUCKET,
  RECOVERIES_BUCKET,
  SNAPSHOTS_BUCKET,
  SNAPSHOTS_STREAM,
  subjects,
  TOKENS_BUCKET,
} from './names.ts';
import { streamsOf, type AppRole } from './rights.ts';

/** What is left out stays as it is; what is made new has the default. */
export type StorageOptions = {
  /** Copies of every stream and bucket; 1, 3 or 5. Default 1. */
  readonly replicas?: number | undefined;
  /** How long deliveries are kept for clients that come back. Default one hour. */
  readonly resumeWindowMs?: number | undefined;
  /** The most that kept deliveries may take on disk. Default 1 GiB. */
  readonly deliveriesMaxBytes?: number | undefined;
};

/** A lease that is not renewed for this long is free for another. */
export const LEASE_TTL_MS = 5_000;

/** Within this time an event or delivery that is sent again is recognised by its id. */
export const DUPLICATE_WINDOW_MS = 10 * 60_000;

const RESUME_WINDOW_MS = 3_600_000;
const DELIVERIES_MAX_BYTES = 1_073_741_824;

const STREAM_EXISTS = 10_058;
const NOT_FOUND = '404';

/** Faults: `nats_unavailable`, also when there are fewer servers than copies; `stream_not_recognised`. */
export const ensureStorage = async (link: NatsLink, options: StorageOptions = {}): Promise<void> => {
  const manager = await link.connection.jetstreamManager();
  for (const wanted of streamConfigs(options)) await ensureStream(manager, wanted);
};

type Named = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects' | 'description'>;

export type Wanted = Named & {
  /** Only for a stream that is made: another may have been chosen for one that is there. */
  readonly ifNew?: Partial<StreamConfig>;
};

const streamConfigs = (options: StorageOptions): readonly Wanted[] => {
  const { replicas, resumeWindowMs, deliveriesMaxBytes } = options;
  const kept = { retention: RetentionPolicy.Limits, storage: StorageType.File };
  /** Chosen, it holds for every stream; else only for those that are made. */
  const chosenOr = <T>(chosen: T | undefined, otherwise: T, config: (value: T) => Partial<StreamConfig>) =>
    chosen === undefined ? { now: {}, ifNew: config(otherwise) } : { now: config(chosen), ifNew: {} };
  const copies = chosenOr(replicas, 1, (value) => ({ num_replicas: value }));
  const bytes = chosenOr(deliveriesMaxBytes, DELIVERIES_MAX_BYTES, (value) => ({ max_bytes: value }));
  const window = (config: (ms: number) => Partial<StreamConfig>) => chosenOr(resumeWindowMs, RESUME_WINDOW_MS, config);
  const all = (named: Named, ...chosen: readonly ReturnType<typeof chosenOr>[]): Wanted =>
    Object.assign({}, kept, named, ...[copies, ...chosen].map(({ now }) => now), {
      ifNew: Object.assign({}, ...[copies, ...chosen].map(({ ifNew }) => ifNew)) as Partial<StreamConfig>,
    });
  const bucket = (name: string, purpose: string): Named => ({
    name: bucketStream(name),
    description: `cablehub: ${purpose}`,
    subjects: [`$KV.${name}.>`],
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
  });
  const objects = (name: string, purpose: string): Omit<Named, 'name'> => ({
    description: `cablehub: ${purpose}`,
    subjects: [`$O.${name}.C.>`, `$O.${name}.M.>`],
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
    allow_direct: true,
  });
  return [
    all({
      name: EVENTS_STREAM,
      description: 'cablehub: the log of all events',
      subjects: [subjects.allEvents],
      deny_delete: true,
      deny_purge: true,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    }),
    all(
      {
        name: DELIVERIES_STREAM,
        description: 'cablehub: deliveries, kept for the resume window',
        subjects: [subjects.allDeliveries],
        discard: DiscardPolicy.Old,
        republish: { src: subjects.allDeliveries, dest: 'cable.>' },
      },
      window((ms) => ({ max_age: nanos(ms), duplicate_window: nanos(Math.min(DUPLICATE_WINDOW_MS, ms)) })),
      bytes,
    ),
    all({ ...bucket(TOKENS_BUCKET, 'who a token belongs to'), ...agedAfter(0) }),
    all({ ...bucket(LEASES_BUCKET, 'which replica of a role works'), ...agedAfter(LEASE_TTL_MS) }),
    all({ ...bucket(CHECKPOINTS_BUCKET, 'how far deliveries have been published'), ...agedAfter(0) }),
    all({ ...bucket(COUNTERS_BUCKET, 'the ids that have been given'), ...agedAfter(0) }),
    all({ ...bucket(CLAIMS_BUCKET, 'who may be the contact of an address'), ...agedAfter(0) }),
    all({ ...bucket(KEYS_BUCKET, 'what addresses are signed with'), ...agedAfter(0) }),
    all(bucket(RECOVERIES_BUCKET, 'up to where lost sockets had received everything'), window(agedAfter)),
    all({ ...objects(SNAPSHOTS_BUCKET, 'snapshots of the views'), name: SNAPSHOTS_STREAM }),
    all({ ...objects(ATTACHMENTS_BUCKET, 'the files of messages'), name: ATTACHMENTS_STREAM }),
  ];
};

/** The duplicate window is as NATS would choose it; unsaid, it would stay as it is and forbid a shorter age. */
const agedAfter = (ms: number): Partial<StreamConfig> => ({
  max_age: nanos(ms),
  ...(ms === 0 ? {} : { duplicate_window: nanos(Math.min(120_000, ms)) }),
});

/** Makes a stream, or brings it up to date. Faults: `stream_not_recognised` when one of that name is not ours. */
const ensureStream = async (manager: JetStreamManager, wanted: Wanted): Promise<void> => {
  const { ifNew = {}, ...config } = wanted;
  const found = await existing(manager, config);
  if (found === null) {
    const made = await manager.streams.add({ ...ifNew, ...config }).catch((error: unknown) => {
      // Another made it in between: look at what it made.
      if (error instanceof NatsError && error.api_error?.err_code === STREAM_EXISTS) return null;
      throw unavailable(config.name, error);
    });
    return made === null ? ensureStream(manager, wanted) : undefined;
  }
  if (!differs(found.config, config)) return;
  // Some servers would take it for said, and keep one copy.
  if ((config.num_replicas ?? 1) > 1 && found.cluster?.name === undefined)
    throw new LogFault('nats_unavailable', `the JetStream stream ${config.name} cannot be set up: NATS is no cluster`);
  await manager.streams.update(config.name, config).catch((error: unknown) => {
    throw unavailable(config.name, error);
  });
};

/** What there is of a stream; null: there is none. Faults: `stream_not_recognised`, `nats_unavailable`. */
const existing = async (manager: JetStreamManager, wanted: Named): Promise<StreamInfo | null> => {
  const found = await manager.streams.info(wanted.name).catch((error: unknown) => {
    if (error instanceof NatsError && error.api_error?.code === Number(NOT_FOUND)) return null;
    throw unavailable(wanted.name, error);
  });
  if (found === null) return null;
  const { description, subjects: stored } = found.config;
  if (description === wanted.description && String(stored) === String(wanted.subjects)) return found;
  throw new LogFault(
    'stream_not_recognised',
    `the JetStream stream ${wanted.name} exists with subjects ${String(stored)} and was not made by cablehub; ` +
      `use another NATS account, or remove that stream`,
  );
};

const LOOK_AGAIN_MS = 1_000;

/**
 * Waits until what an app works with is there, for as long as it takes: an app may look at storage, not make it. `onWait` is
 * told once for each reason to wait. Faults: `stream_not_recognised`, or `nats_unavailable` when the connection is closed.
 */
export const storageReady = async (
  link: NatsLink,
  role: AppRole,
  onWait: (reason: string, cause?: unknown) => void,
): Promise<void> => {
  const manager = await link.connection.jetstreamManager({ checkAPI: false });
  const needed = streamConfigs({}).filter(({ name }) => streamsOf[role].includes(name));
  let said = '';
  for (;;) {
    const { reason, cause } = await missing(manager, needed);
    if (reason === '') return;
    if (link.connection.isClosed()) throw new LogFault('nats_unavailable', reason, { cause });
    if (reason !== said) onWait(reason, cause);
    said = reason;
    await pause(LOOK_AGAIN_MS);
  }
};

/** Why work cannot begin; nothing: it can. */
const missing = async (
  manager: JetStreamManager,
  needed: readonly Named[],
): Promise<{ readonly reason: string; readonly cause?: unknown }> => {
  try {
    for (const wanted of needed)
      if ((await existing(manager, wanted)) === null)
        return { reason: `there is no JetStream stream ${wanted.name} yet: run hub set-up` };
    return { reason: '' };
  } catch (error) {
    if (!(error instanceof LogFault) || error.code === 'stream_not_recognised') throw error;
    return { reason: error.message, cause: error.cause };
  }
};

const differs = (found: StreamConfig, wanted: Named): boolean =>
  Object.entries(wanted).some(
    ([key, value]) => JSON.stringify(found[key as keyof StreamConfig] ?? 0) !== JSON.stringify(value),
  );

const unavailable = (stream: string, cause: unknown): LogFault => {
  const said = cause instanceof NatsError ? cause.api_error?.description : undefined;
  return new LogFault(
    'nats_unavailable',
    said === undefined
      ? `the JetStream stream ${stream} cannot be reached; is JetStream enabled (-js), and may we?`
      : `the JetStream stream ${stream} cannot be set up: ${said}`,
    { cause },
  );
};
