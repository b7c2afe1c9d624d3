/**
 * The yardstick of latency: a uWebSockets.js process that sends what it hears over NATS at once, and does nothing else.
 *
 * A socket is in the room that its path names; a message under `rooms.NAME` goes to all sockets of that room. What each socket is
 * sent is made beforehand, from a message as long as it will be asked to send.
 */
import { identifierPrefix, Message } from '@cablehub/cable';
import { connect } from 'nats';
import uWS, { type WebSocket } from 'uWebSockets.js';
import { payloadOf } from '../payload.ts';
import { answerTo } from '../talk.ts';

type Data = { readonly room: string; frame: Uint8Array | null };

const [, , natsUrl = '', payloadBytes = '2500'] = process.argv;
const payload = payloadOf(Number(payloadBytes));
const rooms = new Map<string, Set<WebSocket<Data>>>();

const listening = await new Promise<uWS.us_listen_socket>((resolve) => {
  uWS
    .App()
    .ws<Data>('/*', {
      compression: uWS.DISABLED,
      maxBackpressure: 0,
      idleTimeout: 0,
      sendPingsAutomatically: false,
      upgrade: (res, req, context) =>
        res.upgrade(
          { room: req.getUrl().slice(1), frame: null },
          req.getHeader('sec-websocket-key'),
          '',
          req.getHeader('sec-websocket-extensions'),
          context,
        ),
      message: (ws, message) => {
        const data = ws.getUserData();
        data.frame = new Message(payload).frame(identifierPrefix(Buffer.from(message).toString())).slice();
        const room = rooms.get(data.room) ?? new Set();
        rooms.set(data.room, room.add(ws));
        ws.send('{"type":"served"}');
      },
      close: (ws) => void rooms.get(ws.getUserData().room)?.delete(ws),
    })
    .listen('127.0.0.1', 0, (socket) => resolve(socket as uWS.us_listen_socket));
});

const nats = await connect({ servers: natsUrl });
nats.subscribe('rooms.*', {
  callback: (_error, { subject }) => {
    for (const ws of rooms.get(subject.slice('rooms.'.length)) ?? []) {
      const { frame } = ws.getUserData();
      if (frame !== null) ws.send(frame);
    }
  },
});
await nats.flush();

const talk = { port: (): number => uWS.us_socket_local_port(listening) };
export type BareRoomsTalk = typeof talk;
answerTo(talk);
