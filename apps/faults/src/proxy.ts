/**
 * A TCP proxy before the gateways: the network of one group of clients, which can fail.
 *
 * Like a load balancer it tries the next gateway when one does not take the connection.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Proxy = {
  readonly port: number;
  /** Cuts every connection. */
  readonly cut: () => void;
  /** From now on the connections there are carry nothing more, and nobody is told. New ones are not affected. */
  readonly freeze: () => void;
  /** Takes nothing more from the gateway on the connections there are, until the answer is called. */
  readonly stall: () => () => void;
  /** Sends new connections to the other gateway first. */
  readonly turn: () => void;
  readonly close: () => Promise<void>;
};

type Pair = { readonly client: Socket; readonly gateway: Socket };

export const startProxy = async (gatewayPorts: readonly number[]): Promise<Proxy> => {
  let order = gatewayPorts;
  const pairs = new Set<Pair>();
  const frozen = new Set<Pair>();
  const stalled = new Set<Pair>();

  const server = createServer((client) => {
    client.on('error', () => undefined); // its close follows
    void firstOf(order).then((gateway) => {
      if (gateway === null || client.destroyed) {
        gateway?.destroy();
        return client.destroy();
      }
      const pair = { client, gateway };
      pairs.add(pair);
      join(pair, {
        isFrozen: () => frozen.has(pair),
        isStalled: () => stalled.has(pair),
        ended: () => {
          pairs.delete(pair);
          frozen.delete(pair);
          stalled.delete(pair);
        },
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const alive = (): readonly Pair[] => [...pairs].filter((pair) => !frozen.has(pair));
  const destroyAll = (): void => {
    for (const { client, gateway } of pairs) {
      client.destroy();
      gateway.destroy();
    }
    pairs.clear();
    frozen.clear();
  };

  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      for (const { client, gateway } of alive()) {
        client.destroy();
        gateway.destroy();
      }
    },
    freeze: () => {
      for (const pair of alive()) {
        frozen.add(pair);
        pair.gateway.pause();
      }
    },
    stall: () => {
      const chosen = alive();
      for (const pair of chosen) {
        stalled.add(pair);
        pair.gateway.pause();
      }
      return () => {
        for (const pair of chosen) {
          stalled.delete(pair);
          if (!frozen.has(pair)) pair.gateway.resume();
        }
      };
    },
    turn: () => (order = order.toReversed()),
    close: async () => {
      server.close();
      destroyAll();
    },
  };
};

type Life = { readonly isFrozen: () => boolean; readonly isStalled: () => boolean; readonly ended: () => void };

/** What one side says reaches the other as long as both take it; the end of one is the end of both. */
const join = (pair: Pair, { isFrozen, isStalled, ended }: Life): void => {
  const { client, gateway } = pair;
  const carry = (from: Socket, to: Socket): void => {
    from.on('data', (chunk: Buffer) => {
      if (isFrozen() || to.destroyed) return;
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (!isFrozen() && !(isStalled() && from === gateway)) from.resume();
    });
    from.on('close', () => {
      if (isFrozen()) return; // the other side is not told
      ended();
      to.destroy();
    });
  };
  carry(client, gateway);
  carry(gateway, client);
};

const firstOf = async (ports: readonly number[]): Promise<Socket | null> => {
  for (const port of ports) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined); // its close follows
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      socket.destroy(); // the next one, then
    }
  }
  return null;
};
