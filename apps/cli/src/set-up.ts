/** `hub set-up`: makes the streams and buckets, or brings them up to date. Only here somebody must be allowed to. */
import { connectNats, ensureStorage, type StorageOptions } from '@cablehub/log';
import { natsPlaceOf, optionalWholeNumber, type NatsSettings } from '@cablehub/process';
import { z } from 'zod';
import type { Output } from './output.ts';

/** What is unset stays as it is in a hub that is set up already. */
export const storageSettings = {
  /** Copies of everything in NATS: 1, or 3 or 5 on a cluster of as many servers or more. Unset, a new hub has 1. */
  NATS_REPLICAS: z
    .enum(['1', '3', '5'], 'must be 1, 3 or 5')
    .transform((text) => Number(text))
    .optional(),
  /**
   * How long deliveries are kept for clients that come back, in minutes. Unset, a new hub keeps them for 60. Not shorter than
   * the time in which a delivery that is published again is recognised.
   */
  RESUME_WINDOW_MINUTES: optionalWholeNumber(10, 43_200),
  /** The most that kept deliveries may take on a disk, in bytes. Unset, a new hub keeps 1 GiB. */
  DELIVERIES_MAX_BYTES: optionalWholeNumber(1_048_576, Number.MAX_SAFE_INTEGER),
} as const;

export type StorageSettings = NatsSettings & Readonly<z.output<z.ZodObject<typeof storageSettings>>>;

/** Faults: SettingsError without NATS_URL; those of `connectNats` and `ensureStorage`. */
export const setUpStorage = async (settings: StorageSettings): Promise<void> => {
  const {
    NATS_REPLICAS: replicas,
    RESUME_WINDOW_MINUTES: minutes,
    DELIVERIES_MAX_BYTES: deliveriesMaxBytes,
  } = settings;
  const options: StorageOptions = {
    replicas,
    deliveriesMaxBytes,
    resumeWindowMs: minutes === undefined ? undefined : minutes * 60_000,
  };
  const link = await connectNats({ ...natsPlaceOf(settings), name: 'cablehub-admin' });
  try {
    await ensureStorage(link, options);
  } finally {
    await link.close();
  }
};

export const setUp = async (settings: StorageSettings, output: Output): Promise<void> => {
  await setUpStorage(settings);
  output.line('the streams and buckets of the hub are there');
};
