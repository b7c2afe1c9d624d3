/**
 * Clients as people use them, with nothing set but where they connect: AnyCable's, Rails' and Socket.IO's. Their sockets are cut
 * while numbered events flow; each keeps which numbers it got.
 */
import { answerTo } from '../talk.ts';
import { fromNpm, moduleFromNpm } from './npm.ts';
import type { DropTarget } from './peer.ts';

type Client = { readonly got: Set<number>; twice: number; isServed: boolean; cut: () => void };
type Start = (client: Client, url: string, identifier: string) => void;

/** `ws`, as far as it is used here. */
type Socket = { readonly _socket?: { readonly resetAndDestroy: () => void } | null };
type SocketClass = new (...args: readonly unknown[]) => Socket;
type Channel = { readonly on: (name: string, listener: (message: unknown) => void) => void };
type AnyCable = {
  readonly createCable: (
    url: string,
    options: object,
  ) => { readonly subscribeTo: (name: string, params: object) => Channel };
};
type Rails = {
  readonly adapters: object;
  readonly createConsumer: (url: string) => {
    readonly connection: { readonly webSocket?: Socket };
    readonly subscriptions: { readonly create: (params: object, callbacks: object) => void };
  };
};
type SocketIo = {
  readonly io: (
    url: string,
    options: object,
  ) => Channel & { readonly io: { readonly engine?: { readonly transport?: { readonly ws?: Socket } } } };
};

const { WebSocket } = fromNpm('ws') as { readonly WebSocket: SocketClass };
const anycable = (await moduleFromNpm('@anycable/core')) as AnyCable;
const rails = fromNpm('@rails/actioncable') as Rails;
const socketIo = fromNpm('socket.io-client') as SocketIo;

Object.assign(rails.adapters, { WebSocket });
// Rails' client listens for the page becoming visible; there is no page here.
Object.assign(globalThis, { addEventListener: () => undefined, removeEventListener: () => undefined });

/** Ends a connection as a network does: without a word. */
const reset = (socket: Socket | undefined): void => void socket?._socket?.resetAndDestroy();

const hear =
  (client: Client) =>
  (message: unknown): void => {
    const { id } = (message as { readonly data: { readonly id: number } }).data;
    if (client.got.has(id)) client.twice++;
    client.got.add(id);
  };

const serving = (client: Client, is: boolean) => (): void => void (client.isServed = is);

const starts: Readonly<Record<DropTarget['kind'], Start>> = {
  anycable: (client, url, identifier) => {
    let socket: Socket | undefined;
    const { channel: name, ...params } = JSON.parse(identifier) as { readonly channel: string };
    const cable = anycable.createCable(url, {
      protocol: 'actioncable-v1-ext-json',
      logLevel: 'error',
      websocketImplementation: class extends WebSocket {
        constructor(...args: readonly unknown[]) {
          super(...args);
          // The client does not hand its socket out.
          socket = this;
        }
      },
    });
    const channel = cable.subscribeTo(name, params);
    channel.on('connect', serving(client, true));
    channel.on('disconnect', serving(client, false));
    channel.on('message', hear(client));
    client.cut = () => reset(socket);
  },
  rails: (client, url, identifier) => {
    const consumer = rails.createConsumer(url);
    consumer.subscriptions.create(JSON.parse(identifier) as object, {
      connected: serving(client, true),
      disconnected: serving(client, false),
      received: hear(client),
    });
    client.cut = () => reset(consumer.connection.webSocket);
  },
  'socket-io': (client, url, room) => {
    const socket = socketIo.io(url, { auth: { room }, forceNew: true });
    socket.on('joined', serving(client, true));
    socket.on('disconnect', serving(client, false));
    socket.on('event', hear(client));
    client.cut = () => reset(socket.io.engine?.transport?.ws);
  },
};

const groups: (readonly Client[])[] = [];

export type Kept = {
  /** Numbers that a client lacks, of all clients. */
  readonly lacking: number;
  /** Those that a client got again. */
  readonly twice: number;
  readonly areServed: boolean;
};

const talk = {
  /** Starts a target's clients; names them as a group. */
  start: ({ kind, url, identifiers }: DropTarget): number => {
    const clients = identifiers.map((identifier) => {
      const client: Client = { got: new Set(), twice: 0, isServed: false, cut: () => undefined };
      starts[kind](client, url, identifier);
      return client;
    });
    return groups.push(clients) - 1;
  },
  /** Cuts the client with this index in every group. */
  cut: (index: number): void => {
    for (const clients of groups) clients[index]?.cut();
  },
  /** What a group has of the numbers from 1 to `numbers`. */
  kept: ({ group, numbers }: { readonly group: number; readonly numbers: number }): Kept => {
    const clients = groups[group]!;
    const total = (of: (client: Client) => number): number => clients.reduce((sum, client) => sum + of(client), 0);
    return {
      lacking: total(({ got }) => numbers - got.size),
      twice: total(({ twice }) => twice),
      areServed: clients.every(({ isServed }) => isServed),
    };
  },
};

export type DropTalk = typeof talk;

answerTo(talk);
