/** The door: uWebSockets.js routes for sockets, health and metrics. */
import type { Negotiated } from '@cablehub/cable';
import uWS, { type HttpResponse, type TemplatedApp, type us_listen_socket } from 'uWebSockets.js';
import type { Client } from './client.ts';
import { Connection, createFlusher, type CloseReason } from './connection.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Pinged } from './pings.ts';
import { plain, problems, type Answer } from './problem.ts';

/** A fault of the gateway itself. */
export class GatewayFault extends Error {
  readonly code: 'cannot_listen' | 'nats_closed';

  constructor(code: GatewayFault['code'], message: string) {
    super(message);
    this.name = 'GatewayFault';
    this.code = code;
  }
}

/** A client and the socket it is on. */
export type Peer = Pinged & { readonly client: Client; readonly connection: Connection };

/** What a handshake is judged by. */
export type Handshake = { readonly origin: string; readonly subprotocols: string };

export type ServerOptions = {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly maxFrameBytes: number;
  readonly sendBufferBytes: number;
  readonly metrics: GatewayMetrics;
  /** In ms, of a clock that never goes back. */
  readonly now: () => number;
  /** Judges a handshake before the upgrade. */
  readonly judge: (handshake: Handshake) => Negotiated | Answer;
  /** A socket is open; the client made for it gets what it says. */
  readonly opened: (connection: Connection, negotiated: Negotiated) => Peer;
  readonly closed: (peer: Peer, reason: CloseReason) => void;
  readonly isReady: () => boolean;
  /** The metrics page. */
  readonly measured: () => Promise<string>;
};

export interface Server {
  readonly port: number;
  /** Takes no more connections. */
  stopListening(): void;
  /** Cuts every socket that is still there. */
  close(): void;
}

/** Starts to listen. Faults: `cannot_listen`. */
export const startServer = async (options: ServerOptions): Promise<Server> => {
  const app = uWS.App();
  addCable(app, options);
  app.any('/cable', (res) => answer(res, problems.upgradeRequired));
  addPage(app, '/health/live', () => plain('live\n'));
  addPage(app, '/health/ready', () => (options.isReady() ? plain('ready\n') : problems.notReady));
  app.get('/metrics', (res) => void answerLater(res, options.measured));
  app.any('/*', (res) => answer(res, problems.notFound));

  const { port, sockets } = await listen(app, options);
  return {
    port,
    stopListening: () => {
      for (const socket of sockets.splice(0)) uWS.us_listen_socket_close(socket);
    },
    close: () => {
      sockets.length = 0;
      app.close();
    },
  };
};

const addPage = (app: TemplatedApp, path: string, page: () => Answer): void => {
  app.get(path, (res) => answer(res, page()));
  // Container health checks like to ask for the head alone.
  app.head(path, (res) => answer(res, { ...page(), body: '' }));
};

type UserData = { readonly negotiated: Negotiated; peer: Peer | null };

const addCable = (app: TemplatedApp, options: ServerOptions): void => {
  const { metrics, now, sendBufferBytes } = options;
  const ofAll = { flusher: createFlusher(), metrics, sendBufferBytes };

  app.ws<UserData>('/cable', {
    maxPayloadLength: options.maxFrameBytes,
    compression: uWS.DISABLED,
    // The gateway measures what is buffered and probes its peers itself: nothing may be dropped behind its back.
    maxBackpressure: 0,
    idleTimeout: 0,
    sendPingsAutomatically: false,

    upgrade: (res, req, context) => {
      const subprotocols = req.getHeader('sec-websocket-protocol');
      const judged = options.judge({ origin: req.getHeader('origin'), subprotocols });
      if ('status' in judged) return answer(res, judged);
      const data: UserData = { negotiated: judged, peer: null };
      const key = req.getHeader('sec-websocket-key');
      const extensions = req.getHeader('sec-websocket-extensions');
      res.upgrade(data, key, judged.selected ?? '', extensions, context);
    },
    open: (ws) => {
      const data = ws.getUserData();
      data.peer = options.opened(new Connection(ws, ofAll, now()), data.negotiated);
      data.peer.client.open();
    },
    message: (ws, message, isBinary) => {
      const { peer } = ws.getUserData();
      peer?.connection.heard(now());
      peer?.client.receive(isBinary ? null : Buffer.from(message).toString());
    },
    pong: (ws) => {
      const { peer } = ws.getUserData();
      peer?.connection.answered(now());
      peer?.client.proved();
    },
    drain: (ws) => ws.getUserData().peer?.connection.drained(now()),
    close: (ws, code, message) => {
      const { peer } = ws.getUserData();
      if (peer === null) return;
      const byOther = code === TOO_LARGE || Buffer.from(message).includes('too big') ? 'frame_too_large' : 'client';
      options.closed(peer, peer.connection.closed() ?? byOther);
    },
  });
};

const TOO_LARGE = 1009;

type Listening = (socket: us_listen_socket | false) => void;
/** The typings leave out that a host and options may be given together. */
type ListenWithOptions = (...args: [host: string, port: number, options: number, listening: Listening]) => TemplatedApp;

type Door = { readonly port: number; readonly sockets: us_listen_socket[] };

/**
 * A listening socket of uWebSockets.js lets 512 connections wait to be accepted. When thousands come back in one moment the system drops
 * the others' attempts, and they try again after 1, 3 and 7 s. Several on one port have room for them all.
 */
const listen = async (app: TemplatedApp, { host, port }: ServerOptions): Promise<Door> => {
  // Alone first: of those that share a port, two gateways would share it silently.
  const alone = await listenOnce(app, { host, port }, EXCLUSIVE_PORT);
  const found = uWS.us_socket_local_port(alone);
  uWS.us_listen_socket_close(alone);
  const sockets: us_listen_socket[] = [];
  try {
    while (sockets.length < LISTENING_SOCKETS) sockets.push(await listenOnce(app, { host, port: found }, SHARED_PORT));
  } catch (error) {
    // Somebody took the port in between: those that listen already would keep the process alive, and take connections.
    for (const socket of sockets) uWS.us_listen_socket_close(socket);
    throw error;
  }
  return { port: found, sockets };
};

type Place = Pick<ServerOptions, 'host' | 'port'>;

const listenOnce = (app: TemplatedApp, { host, port }: Place, options: number): Promise<us_listen_socket> =>
  new Promise((resolve, reject) => {
    (app.listen as unknown as ListenWithOptions).call(app, host, port, options, (socket) => {
      if (socket === false)
        reject(new GatewayFault('cannot_listen', `cannot listen on ${host}:${port}; is the port in use?`));
      else resolve(socket);
    });
  });

const [SHARED_PORT, EXCLUSIVE_PORT] = [0, 1];
/** As many as 4,096 may wait, which is as much as Linux lets one socket have. */
const LISTENING_SOCKETS = 8;

const answer = (res: HttpResponse, { status, headers, body }: Answer): void => {
  res.cork(() => {
    res.writeStatus(status);
    for (const [name, value] of Object.entries(headers)) res.writeHeader(name, value);
    res.end(body);
  });
};

const answerLater = async (res: HttpResponse, text: () => Promise<string>): Promise<void> => {
  let isAborted = false;
  res.onAborted(() => {
    isAborted = true;
  });
  const body = await text();
  if (!isAborted) answer(res, plain(body, 'text/plain; version=0.0.4; charset=utf-8'));
};
