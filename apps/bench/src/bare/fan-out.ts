/**
 * The yardstick of everything that a gateway sends: a uWebSockets.js process that does nothing but send.
 *
 * It makes each socket's frame once, when the socket comes, from what it will be asked to send. Asked over NATS (subject `bare.N`, the
 * data is the frame's message) it waits until it was asked N times, then sends N frames to each socket under one cork.
 */
import { identifierPrefix, Message } from '@cablehub/cable';
import { connect } from 'nats';
import uWS, { type WebSocket } from 'uWebSockets.js';
import { payloadOf } from '../payload.ts';
import { answerTo } from '../talk.ts';

type Data = { frame: Uint8Array | null };

/** Without NATS it sends nothing but pings, and keeps nothing for a socket. */
const [, , natsUrl = '', payloadBytes = '2500', pingSeconds = '3'] = process.argv;
const payload = payloadOf(Number(payloadBytes));
const sockets = new Set<WebSocket<Data>>();

const sendAll = (times: number): void => {
  for (const ws of sockets) {
    const { frame } = ws.getUserData();
    if (frame === null) continue;
    ws.cork(() => {
      for (let time = 0; time < times; time++) ws.send(frame);
    });
  }
};

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
          { frame: null },
          req.getHeader('sec-websocket-key'),
          '',
          req.getHeader('sec-websocket-extensions'),
          context,
        ),
      message: (ws, message) => {
        const identifier = Buffer.from(message).toString();
        if (natsUrl !== '') ws.getUserData().frame = new Message(payload).frame(identifierPrefix(identifier)).slice();
        sockets.add(ws);
        ws.send('{"type":"served"}');
      },
      close: (ws) => void sockets.delete(ws),
    })
    .listen('127.0.0.1', 0, (socket) => resolve(socket as uWS.us_listen_socket));
});

// The same signs of life in the same measure as the cable's: its ping every three seconds, and every fifth time a ping of the
// WebSocket with it, whose answer tells that the peer is there.
const SLOTS = 30;
const PROBED = 5;
let turn = 0;
const giveSign = (): void => {
  const ping = `{"type":"ping","message":${Math.floor(Date.now() / 1_000)}}`;
  const slot = turn % SLOTS;
  const round = Math.floor(turn++ / SLOTS);
  let index = 0;
  for (const ws of sockets) {
    if (index++ % SLOTS !== slot) continue;
    if ((index + round) % PROBED > 0) ws.send(ping);
    else
      ws.cork(() => {
        ws.send(ping);
        ws.ping();
      });
  }
};
if (Number(pingSeconds) > 0) setInterval(giveSign, (Number(pingSeconds) * 1_000) / SLOTS);

if (natsUrl !== '') {
  const nats = await connect({ servers: natsUrl });
  let asked = 0;
  nats.subscribe('bare.*', {
    callback: (_error, { subject }) => {
      const times = Number(subject.slice('bare.'.length));
      if (++asked < times) return;
      asked = 0;
      sendAll(times);
    },
  });
  await nats.flush();
}

const talk = { port: (): number => uWS.us_socket_local_port(listening) };
export type BareFanOutTalk = typeof talk;
answerTo(talk);
