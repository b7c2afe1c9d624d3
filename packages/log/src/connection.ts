/** The connection to NATS, shared by everything an app keeps or hears there. */
import { connect, createInbox, ErrorCode, Events, NatsError, type NatsConnection } from 'nats';
import { authenticatorOf } from './authentication.ts';
import { LogFault } from './fault.ts';
import { inboxOf } from './names.ts';

export type NatsOptions = {
  /** One URL, or several with commas between: `nats://127.0.0.1:4222`. */
  readonly url: string;
  /** Shown by NATS' own monitoring: `cablehub-gateway`. Answers come to an inbox named after it: `_INBOX_gateway`. */
  readonly name: string;
  /** A file with an nkey seed or a .creds file; read again at each reconnect. Absent: NATS asks for nothing. */
  readonly credentialsFile?: string;
  /** Who may vouch for the server at a `tls://` URL, in PEM; absent: those that Node knows. */
  readonly caFile?: string;
};

/** A connection that comes back by itself for as long as it takes, and says whether it is there. */
export type NatsLink = {
  readonly connection: NatsConnection;
  /** False from the loss of the connection until it is found again. */
  readonly isUp: () => boolean;
  /** Called with `isUp` at each loss and each return; gives back what ends the calling. */
  readonly onChange: (listener: (isUp: boolean) => void) => () => void;
  /** A subject of our own for answers, with room for more behind it. */
  readonly newInbox: () => string;
  /** Sends what is waiting, then closes. */
  readonly close: () => Promise<void>;
};

/**
 * How many bytes wait for one write within a turn: the client's own 32 KB are a dozen deliveries, and the server often takes the
 * processor at each write. The client knows the option, its types do not.
 */
const LARGE_WRITES = { pendingLimit: 262_144 };

/**
 * Connects to NATS. A first connection that fails is a fault (`nats_unavailable`, `credentials_unusable`,
 * `credentials_refused`); a later loss is not.
 */
export const connectNats = async (options: NatsOptions): Promise<NatsLink> => {
  const { url, name, credentialsFile, caFile } = options;
  const connection = await connect({
    servers: url.split(',').map((server) => server.trim()),
    name,
    inboxPrefix: inboxOf(name),
    maxReconnectAttempts: -1,
    // A key that is being replaced is refused until the server knows the next one.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: 5_000,
    maxPingOut: 2,
    // Else each request makes two errors beforehand, with their stacks, in case it fails.
    noAsyncTraces: true,
    ...LARGE_WRITES,
    ...(credentialsFile === undefined ? {} : { authenticator: authenticatorOf(credentialsFile) }),
    ...(caFile === undefined ? {} : { tls: { caFile } }),
  }).catch((cause: unknown) => {
    throw notConnected(options, cause);
  });
  const listeners = new Set<(isUp: boolean) => void>();
  let up = true;
  const change = (isUp: boolean): void => {
    if (isUp === up) return;
    up = isUp;
    for (const listener of listeners) listener(isUp);
  };

  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === Events.Disconnect) change(false);
      if (status.type === Events.Reconnect) change(true);
    }
  };
  void watch();

  return {
    connection,
    isUp: () => up && !connection.isClosed(),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    newInbox: () => createInbox(inboxOf(name)),
    close: async () => {
      listeners.clear();
      // Draining waits for the server; without one there is nobody to wait for.
      await (up ? connection.drain() : connection.close());
    },
  };
};

const notConnected = ({ url, credentialsFile }: NatsOptions, cause: unknown): LogFault => {
  const isRefused = cause instanceof NatsError && refusals.has(cause.code);
  if (!isRefused)
    return new LogFault('nats_unavailable', `cannot connect to NATS at ${withoutSecrets(url)}`, { cause });
  const who =
    credentialsFile === undefined ? 'us without credentials (NATS_CREDENTIALS_FILE)' : `the key in ${credentialsFile}`;
  return new LogFault('credentials_refused', `NATS at ${withoutSecrets(url)} refuses ${who}`, { cause });
};

const refusals: ReadonlySet<string> = new Set([
  ErrorCode.AuthorizationViolation,
  ErrorCode.AuthenticationExpired,
  ErrorCode.AuthenticationTimeout,
]);

/** A NATS URL that can be shown: without user, password or token. */
export const withoutSecrets = (url: string): string => url.replaceAll(/\/\/[^@/,]*@/g, '//');
