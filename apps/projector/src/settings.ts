import { processSettings, type readSettings } from '@cablehub/process';
import { z } from 'zod';

/** What the projector reads from the environment. */
export const projectorSettings = {
  ...processSettings,
  /** Whether agents see the tokens of customer sessions in contact objects: `visible` as documented, or `hidden`. */
  CONTACT_TOKENS: z.enum(['visible', 'hidden']).default('visible'),
} as const;

export type ProjectorSettings = ReturnType<typeof readSettings<typeof projectorSettings>>;
