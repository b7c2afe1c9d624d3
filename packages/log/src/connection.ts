/** The connection to NATS, shared by everything an app keeps or hears there. */
import { connect, Events, type NatsConnection } from 'nats';
import { LogFault } from './fault.ts';

export type NatsOptions = {
  /** One URL, or several with commas between: `nats://127.0.0.1:4222`. */
  readonly url: string;
  /** Shown by NATS' own monitoring: `cablehub-gateway`. */
  readonly name: string;
};

/** A connection that comes back by itself for as long as it takes, and says whether it is there. */
export type NatsLink = {
  readonly connection: NatsConnection;
  /** False from the loss of the connection until it is found again. */
  readonly isUp: () => boolean;
  /** Called with `isUp` at each loss and each return; gives back what ends the calling. */
  readonly onChange: (listener: (isUp: boolean) => void) => () => void;
  /** Sends what is waiting, then closes. */
  readonly close: () => Promise<void>;
};

/** Connects to NATS. A first connection that fails is a fault (`nats_unavailable`); a later loss is not. */
export const connectNats = async ({ url, name }: NatsOptions): Promise<NatsLink> => {
  const connection = await connect({
    servers: url.split(',').map((server) => server.trim()),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: 5_000,
    maxPingOut: 2,
  }).catch((cause: unknown) => {
    throw new LogFault('nats_unavailable', `cannot connect to NATS at ${withoutSecrets(url)}`, { cause });
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
    close: async () => {
      listeners.clear();
      // Draining waits for the server; without one there is nobody to wait for.
      await (up ? connection.drain() : connection.close());
    },
  };
};

/** A NATS URL that can be shown: without user, password or token. */
export const withoutSecrets = (url: string): string => url.replaceAll(/\/\/[^@/,]*@/g, '//');
