/**
 * Socket.IO with the hub's job: clients that join their account's room, and an emit to the room whenever NATS brings an event. That is
 * how it is meant to be used, and less work than the hub's: all clients of a room get the very same frame.
 *
 * `POST /events` publishes an event. With the third argument `recovery` it keeps what it emitted for two minutes, for clients
 * that come back.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'nats';
import { answerTo } from '../talk.ts';
import { takeEvents } from './events-in.ts';
import { fromNpm } from './npm.ts';

type Client = {
  readonly handshake: { readonly auth: { readonly room?: string } };
  readonly join: (room: string) => void;
  readonly emit: (name: string) => void;
};
type Server = {
  readonly on: (name: 'connection', listener: (client: Client) => void) => void;
  readonly to: (room: string) => { readonly emit: (name: string, event: unknown) => void };
};
type SocketIo = { readonly Server: new (http: object, options: object) => Server };

const { Server } = fromNpm('socket.io') as SocketIo;
const [, , natsUrl = '', subject = '', recovery = ''] = process.argv;

const nats = await connect({ servers: natsUrl });
const http = createServer(takeEvents((event) => nats.publish(subject, event)));
const server = new Server(http, {
  // As often as the cable's; by itself it would be every 25 s.
  pingInterval: 3_000,
  ...(recovery === 'recovery' && { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } }),
});

server.on('connection', (client) => {
  client.join(client.handshake.auth.room ?? '');
  client.emit('joined');
});
nats.subscribe(subject, {
  callback: (_error, message) => {
    server.to('room-1').emit('event', message.json());
  },
});

await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
answerTo({ port: (): number => (http.address() as AddressInfo).port });
