import { allPartitions, rangeName, rangeNamed } from '@cablehub/log';
import { healthSettings, processSettings, wholeNumber, type readSettings } from '@cablehub/process';
import { z } from 'zod';

/** What the projector reads from the environment. */
export const projectorSettings = {
  ...processSettings,
  ...healthSettings,
  /** Which of the 64 partitions it projects; another projector must project the others. */
  PARTITIONS: z
    .string()
    .default(rangeName(allPartitions))
    .transform((text, context) => {
      const range = rangeNamed(text);
      if (range === null) context.addIssue({ code: 'custom', message: 'must be a range within 0-63, like 0-31' });
      return range ?? allPartitions;
    }),
  /** Whether agents see the tokens of customer sessions in contact objects: `visible` as documented, or `hidden`. */
  CONTACT_TOKENS: z.enum(['visible', 'hidden']).default('visible'),
  /** A snapshot of the views is taken after so many events; 0: none is taken. */
  SNAPSHOT_EVENTS: wholeNumber(100_000, 0, 1_000_000_000),
  /** A snapshot is taken after so many minutes, too, when there were events. */
  SNAPSHOT_MINUTES: wholeNumber(60, 1, 100_000),
} as const;

export type ProjectorSettings = ReturnType<typeof readSettings<typeof projectorSettings>>;
