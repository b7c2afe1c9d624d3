/**
 * Settings: what the environment says, read once and checked.
 *
 * A setting is declared with its type, default and meaning in one place; an app adds its own to those that all share. A
 * bad value stops the start with a message that names it.
 */
import { z } from 'zod';

/** A fault of the person who starts the hub, said so that they can mend it. */
export class SettingsError extends Error {
  readonly code = 'bad_setting';

  constructor(problems: readonly string[]) {
    super(`the settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** A whole number within bounds, from text. */
export const wholeNumber = (fallback: number, min: number, max: number): z.ZodType<number> =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(min, `must be ${min} or more`)
    .max(max, `must be ${max} or less`)
    .default(fallback);

/** A TCP port. 0 lets the system choose. */
export const port = (fallback: number): z.ZodType<number> => wholeNumber(fallback, 0, 65_535);

/** A list with commas between, empty when unset. */
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What every app reads. */
export const processSettings = {
  /** The address to listen on. */
  HOST: z.string().min(1).default('0.0.0.0'),
  /** One NATS URL, or several with commas between. */
  NATS_URL: z
    .string()
    .regex(/^(nats|tls|wss?):\/\/\S+$/, 'must look like nats://127.0.0.1:4222')
    .optional(),
  /** The folder for everything the hub keeps on this machine. */
  DATA_DIR: z.string().min(1).default('.data'),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  NODE_ENV: z.string().default('development'),
} as const;

/** Reads settings from an environment. An empty value counts as unset. Faults: SettingsError, naming every bad one. */
export const readSettings = <Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<z.output<z.ZodObject<Shape>>> => {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = z.object(shape).safeParse(given);
  if (result.success) return Object.freeze(result.data);
  throw new SettingsError(result.error.issues.map(problemOf));
};

/** The setting's name first: that is what the person looks for. */
const problemOf = ({ path: [name, item], message }: z.core.$ZodIssue): string =>
  typeof item === 'number' ? `${String(name)}: item ${item + 1} ${message}` : `${String(name)}: ${message}`;

/** The URL of NATS, for an app that cannot do without. Faults: SettingsError. */
export const natsUrlOf = ({ NATS_URL: url }: { readonly NATS_URL?: string | undefined }): string => {
  if (url === undefined) throw new SettingsError(['NATS_URL: is required, like nats://127.0.0.1:4222']);
  return url;
};
