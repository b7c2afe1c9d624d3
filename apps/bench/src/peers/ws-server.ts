/**
 * `ws` with the hub's job: clients of the cable's base protocol, and one frame for each with its own identifier whenever NATS brings an
 * event. No tokens, no accounts, nothing stored.
 *
 * `POST /events` publishes an event.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'nats';
import { answerTo } from '../talk.ts';
import { takeEvents } from './events-in.ts';
import { fromNpm } from './npm.ts';

type Socket = {
  readonly send: (data: string | Buffer, options?: { readonly binary: boolean }) => void;
  readonly on: (name: 'message' | 'close' | 'error', listener: (data: Buffer) => void) => void;
};
type Server = { readonly on: (name: 'connection', listener: (socket: Socket) => void) => void };
type Ws = { readonly WebSocketServer: new (options: object) => Server };

const { WebSocketServer } = fromNpm('ws') as Ws;
const [, , natsUrl = '', subject = ''] = process.argv;
const PING_MS = 3_000;

const nats = await connect({ servers: natsUrl });
const http = createServer(takeEvents((event) => nats.publish(subject, event)));
const prefixes = new Map<Socket, Buffer>();
const closing = Buffer.from('}');

new WebSocketServer({ server: http, path: '/cable' }).on('connection', (socket) => {
  socket.send('{"type":"welcome"}');
  socket.on('message', (data) => {
    const { identifier } = JSON.parse(data.toString()) as { readonly identifier: string };
    const quoted = JSON.stringify(identifier);
    prefixes.set(socket, Buffer.from(`{"identifier":${quoted},"message":`));
    socket.send(`{"identifier":${quoted},"type":"confirm_subscription"}`);
  });
  socket.on('error', () => undefined); // its close follows
  socket.on('close', () => prefixes.delete(socket));
});

const asText = { binary: false };
nats.subscribe(subject, {
  callback: (_error, { data }) => {
    for (const [socket, prefix] of prefixes) socket.send(Buffer.concat([prefix, data, closing]), asText);
  },
});
setInterval(() => {
  const ping = `{"type":"ping","message":${Math.floor(Date.now() / 1_000)}}`;
  for (const socket of prefixes.keys()) socket.send(ping);
}, PING_MS);

await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
const talk = { port: (): number => (http.address() as AddressInfo).port };
export type PeerServerTalk = typeof talk;
answerTo(talk);
