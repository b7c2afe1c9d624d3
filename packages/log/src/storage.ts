/**
 * The streams and buckets of the hub, made and kept as they should be.
 *
 * Every app may call this at its start, in any order and at the same time. What exists is brought up to date; what
 * carries one of our names but is not ours is refused rather than changed.
 */
import {
  DiscardPolicy,
  nanos,
  NatsError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from 'nats';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import {
  CHECKPOINTS_BUCKET,
  DELIVERIES_STREAM,
  EVENTS_STREAM,
  LEASES_BUCKET,
  RECOVERIES_BUCKET,
  subjects,
  TOKENS_BUCKET,
} from './names.ts';

export type StorageOptions = {
  /** Copies of every stream and bucket; 1, 3 or 5. Default 1. */
  readonly replicas?: number;
  /** How long deliveries are kept for clients that come back. Default one hour. */
  readonly resumeWindowMs?: number;
  /** The most that kept deliveries may take on disk. Default 1 GiB. */
  readonly deliveriesMaxBytes?: number;
};

/** A lease that is not renewed for this long is free for another. */
export const LEASE_TTL_MS = 5_000;

/** Within this time an event or delivery that is sent again is recognised by its id. */
export const DUPLICATE_WINDOW_MS = 10 * 60_000;

const STREAM_EXISTS = 10_058;
const NOT_FOUND = '404';

export const ensureStorage = async (link: NatsLink, options: StorageOptions = {}): Promise<void> => {
  const manager = await link.connection.jetstreamManager();
  for (const wanted of streamConfigs(options)) await ensureStream(manager, wanted);
};

export type Wanted = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects' | 'description'>;

const streamConfigs = (options: StorageOptions): readonly Wanted[] => {
  const { replicas = 1, resumeWindowMs = 3_600_000, deliveriesMaxBytes = 1_073_741_824 } = options;
  const kept = { retention: RetentionPolicy.Limits, storage: StorageType.File, num_replicas: replicas };
  const bucket = (name: string, purpose: string, ttlMs = 0): Wanted => ({
    ...kept,
    name: `KV_${name}`,
    description: `cablehub: ${purpose}`,
    subjects: [`$KV.${name}.>`],
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
    max_age: nanos(ttlMs),
    // As NATS would choose it; unsaid, it would stay as it is and forbid a shorter age.
    ...(ttlMs === 0 ? {} : { duplicate_window: nanos(Math.min(120_000, ttlMs)) }),
  });
  return [
    {
      ...kept,
      name: EVENTS_STREAM,
      description: 'cablehub: the log of all events',
      subjects: [subjects.allEvents],
      deny_delete: true,
      deny_purge: true,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    },
    {
      ...kept,
      name: DELIVERIES_STREAM,
      description: 'cablehub: deliveries, kept for the resume window',
      subjects: [subjects.allDeliveries],
      max_age: nanos(resumeWindowMs),
      max_bytes: deliveriesMaxBytes,
      discard: DiscardPolicy.Old,
      duplicate_window: nanos(Math.min(DUPLICATE_WINDOW_MS, resumeWindowMs)),
      republish: { src: subjects.allDeliveries, dest: 'cable.>' },
    },
    bucket(TOKENS_BUCKET, 'who a token belongs to'),
    bucket(LEASES_BUCKET, 'which replica of a role works', LEASE_TTL_MS),
    bucket(CHECKPOINTS_BUCKET, 'how far deliveries have been published'),
    bucket(RECOVERIES_BUCKET, 'up to where lost sockets had received everything', resumeWindowMs),
  ];
};

/** Makes a stream, or brings it up to date. Faults: `stream_not_recognised` when one of that name is not ours. */
export const ensureStream = async (manager: JetStreamManager, wanted: Wanted): Promise<void> => {
  const found = await manager.streams.info(wanted.name).catch((error: unknown) => {
    if (error instanceof NatsError && error.api_error?.code === Number(NOT_FOUND)) return null;
    throw unavailable(wanted.name, error);
  });
  if (found === null) {
    const made = await manager.streams.add(wanted).catch((error: unknown) => {
      // Another app made it in between: look at what it made.
      if (error instanceof NatsError && error.api_error?.err_code === STREAM_EXISTS) return null;
      throw unavailable(wanted.name, error);
    });
    return made === null ? ensureStream(manager, wanted) : undefined;
  }
  const { description, subjects: existing } = found.config;
  if (description !== wanted.description || String(existing) !== String(wanted.subjects))
    throw new LogFault(
      'stream_not_recognised',
      `the JetStream stream ${wanted.name} exists with subjects ${String(existing)} and was not made by cablehub; ` +
        `use another NATS account, or remove that stream`,
    );
  if (differs(found.config, wanted)) await manager.streams.update(wanted.name, wanted);
};

const differs = (existing: StreamConfig, wanted: Wanted): boolean =>
  Object.entries(wanted).some(
    ([key, value]) => JSON.stringify(existing[key as keyof StreamConfig] ?? 0) !== JSON.stringify(value),
  );

const unavailable = (stream: string, cause: unknown): LogFault =>
  new LogFault('nats_unavailable', `cannot set up the JetStream stream ${stream}; is JetStream enabled (-js)?`, {
    cause,
  });
