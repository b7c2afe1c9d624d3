/** A TCP proxy between two parts of a specification: cuts them apart, refuses, and passes on to another target. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Proxy = {
  readonly port: number;
  /** Ends all connections at once, as a lost network does. */
  readonly cut: () => void;
  /** From now on new connections are ended at once, or served again. */
  readonly refuse: (isRefusing: boolean) => void;
  /** From now on new connections go to this port. */
  readonly passTo: (port: number) => void;
  readonly close: () => Promise<void>;
};

export const startProxy = async (targetPort: number): Promise<Proxy> => {
  let target = targetPort;
  let isRefusing = false;
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true).on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  };
  const server = createServer((near) => {
    if (isRefusing) return void near.destroy();
    const far = connect(target, '127.0.0.1');
    keep(near, far);
    keep(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    refuse: (refusing) => void (isRefusing = refusing),
    passTo: (port) => void (target = port),
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
};
