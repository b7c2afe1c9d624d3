/** The settings of presence, and the times it keeps. */
import { healthSettings, processSettings, wholeNumber, type NatsSettings } from '@cablehub/process';
import type { z } from 'zod';

export const presenceSettings = {
  ...processSettings,
  ...healthSettings,
  /** How long a heartbeat counts, in seconds. The documented beat is 30 s; hidden browser tabs are slowed to 60 s. */
  PRESENCE_WINDOW_SECONDS: wholeNumber(90, 1, 3_600),
  /** How long a lost socket still counts, in seconds: a page that reloads never shows as gone. */
  PRESENCE_GRACE_SECONDS: wholeNumber(10, 0, 600),
} as const;

type All = Readonly<z.output<z.ZodObject<typeof presenceSettings>>>;

export type PresenceSettings = Pick<All, 'PRESENCE_WINDOW_SECONDS' | 'PRESENCE_GRACE_SECONDS'> &
  Partial<Pick<All, 'HOST' | 'HEALTH_PORT'>> &
  NatsSettings;

export type Timing = {
  readonly windowMs: number;
  readonly graceMs: number;
  /** How often a gateway says who is there. */
  readonly digestIntervalMs: number;
  /** How long after it began to hear presence takes nobody's absence for true: a digest interval and a margin. */
  readonly settleMs: number;
  /** An account is told of changes at most this often. */
  readonly tellEveryMs: number;
  readonly tickMs: number;
};

/** How many digests a gateway may owe before it counts as silent. */
export const MISSED_DIGESTS = 3;

export const timingOf = (settings: PresenceSettings): Timing => ({
  windowMs: settings.PRESENCE_WINDOW_SECONDS * 1_000,
  graceMs: settings.PRESENCE_GRACE_SECONDS * 1_000,
  digestIntervalMs: 5_000,
  settleMs: 6_000,
  tellEveryMs: 1_000,
  tickMs: 250,
});
