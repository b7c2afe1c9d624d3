/**
 * Settings: what the environment says, read once and checked.
 *
 * A setting is declared with its type, default and meaning in one place; an app adds its own to those that all share. A
 * bad value stops the start with a message that names it.
 */
import { z } from 'zod';
import { given, type Environment } from './given.ts';

/** A fault of the person who starts the hub, said so that they can mend it. */
export class SettingsError extends Error {
  readonly code = 'bad_setting';

  constructor(problems: readonly string[]) {
    super(`the settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

const whole = (min: number, max: number) =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(min, `must be ${min} or more`)
    .max(max, `must be ${max} or less`);

/** A whole number within bounds, from text. */
export const wholeNumber = (fallback: number, min: number, max: number): z.ZodType<number> =>
  whole(min, max).default(fallback);

/** The same without a default: undefined when unset. */
export const optionalWholeNumber = (min: number, max: number): z.ZodType<number | undefined> =>
  whole(min, max).optional();

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
  /** Who we are to NATS: a file with an nkey seed (`SU…`), or a .creds file. Read again at each reconnect. */
  NATS_CREDENTIALS_FILE: z.string().min(1).optional(),
  /** The certificates of those who may vouch for a NATS at a `tls://` URL, in PEM; unset: those that Node knows. */
  NATS_CA_FILE: z.string().min(1).optional(),
  /** The folder for everything the hub keeps on this machine. */
  DATA_DIR: z.string().min(1).default('.data'),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  NODE_ENV: z.string().default('development'),
} as const;

/** What an app reads that has no port of its own. */
export const healthSettings = {
  /** The port for health and metrics; unset: none. */
  HEALTH_PORT: optionalWholeNumber(0, 65_535),
} as const;

/**
 * Reads settings from an environment, each from `NAME` or from the file that `NAME_FILE` names. An empty value counts as
 * unset. Faults: SettingsError, naming every bad one.
 */
export const readSettings = <Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Environment,
): Readonly<z.output<z.ZodObject<Shape>>> => {
  const { values, problems } = given(Object.keys(shape), environment);
  const result = z.object(shape).safeParse(values);
  if (result.success && problems.length === 0) return Object.freeze(result.data);
  throw new SettingsError([...problems, ...(result.error?.issues ?? []).map(problemOf)]);
};

/** The setting's name first: that is what the person looks for. */
const problemOf = ({ path: [name, item], message }: z.core.$ZodIssue): string =>
  typeof item === 'number' ? `${String(name)}: item ${item + 1} ${message}` : `${String(name)}: ${message}`;

/** What says where NATS is, and who we are to it. */
export type NatsSettings = {
  readonly NATS_URL?: string | undefined;
  readonly NATS_CREDENTIALS_FILE?: string | undefined;
  readonly NATS_CA_FILE?: string | undefined;
};

export type NatsPlace = {
  /** One URL, or several with commas between. */
  readonly url: string;
  readonly credentialsFile?: string;
  readonly caFile?: string;
};

/** Where NATS is, for an app that cannot do without. Faults: SettingsError. */
export const natsPlaceOf = (settings: NatsSettings): NatsPlace => {
  const { NATS_URL: url, NATS_CREDENTIALS_FILE: credentialsFile, NATS_CA_FILE: caFile } = settings;
  if (url === undefined) throw new SettingsError(['NATS_URL: is required, like nats://127.0.0.1:4222']);
  return {
    url,
    ...(credentialsFile === undefined ? {} : { credentialsFile }),
    ...(caFile === undefined ? {} : { caFile }),
  };
};
