/** The gateway's settings: name, default, unit and meaning of each. */
import { list, port, wholeNumber, type NatsSettings, type processSettings } from '@cablehub/process';
import { z } from 'zod';

const origin = z
  .string()
  .refine(
    (text) => /^\*\.[a-z0-9.-]+$/i.test(text) || (URL.canParse(text) && new URL(text).origin === text.toLowerCase()),
    'must hold origins like https://app.example.com or hosts like *.example.com',
  );

export const gatewaySettings = {
  /** The port for sockets, health and metrics. */
  PORT: port(3_000),
  /** Origins whose pages may connect: `https://app.example.com`, `*.example.com` (any host below). Empty: all. */
  ALLOWED_ORIGINS: list.pipe(z.array(origin)),
  /** The largest frame taken from a client, in bytes; a larger one ends the socket. */
  GATEWAY_MAX_FRAME_BYTES: wholeNumber(65_536, 1_024, 16_777_216),
  /** Subscriptions on one socket. */
  GATEWAY_MAX_SUBSCRIPTIONS: wholeNumber(16, 1, 1_000),
  /** Commands a client may send at once. */
  GATEWAY_COMMAND_BURST: wholeNumber(50, 1, 100_000),
  /** Commands a client may send in the long run, per second. */
  GATEWAY_COMMANDS_PER_SECOND: wholeNumber(10, 1, 100_000),
  /** How long a socket may be without a subscription, in seconds. */
  GATEWAY_IDLE_SECONDS: wholeNumber(60, 1, 86_400),
  /** How much is buffered for one slow reader, in bytes; the rest waits. It is closed when eight times as much does. */
  GATEWAY_SEND_BUFFER_BYTES: wholeNumber(1_048_576, 1_024, 1_073_741_824),
  /** Sockets on this gateway; more are answered 503. */
  GATEWAY_MAX_CONNECTIONS: wholeNumber(100_000, 1, 10_000_000),
  /** `off`: base clients that come back are not sent again what they missed. */
  GATEWAY_RECOVERY: z.enum(['on', 'off']).default('on'),
  /** Over how long clients are told of a stop, in ms; 0: all at once. */
  GATEWAY_DRAIN_MS: wholeNumber(1_000, 0, 600_000),
} as const;

type All = Readonly<z.output<z.ZodObject<typeof processSettings & typeof gatewaySettings>>>;

/** What `startGateway` reads: its own settings, and where to listen and to find NATS. */
export type GatewaySettings = Pick<All, keyof typeof gatewaySettings | 'HOST'> & NatsSettings;
