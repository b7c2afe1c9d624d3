/** Log lines: JSON, one per line; readable on a terminal. Whatever could be a secret is left out by name. */
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

export type LoggerOptions = {
  /** The app that speaks: `gateway`. */
  readonly app: string;
  readonly level: string;
  /** Readable instead of JSON. Default: when standard output is a terminal. */
  readonly readable?: boolean;
};

const secrets = ['token', 'pubsub_token', 'authorization', 'identifier'];

export const createLogger = ({ app, level, readable = process.stdout.isTTY }: LoggerOptions): Logger => {
  const options = {
    level,
    base: { app },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: (): string => `,"time":"${new Date().toISOString()}"`,
  };
  if (!readable) return pino(options);
  return pino(
    options,
    pretty({ colorize: true, ignore: 'app', messageFormat: '{app}: {msg}', translateTime: 'HH:MM:ss.l', sync: true }),
  );
};
