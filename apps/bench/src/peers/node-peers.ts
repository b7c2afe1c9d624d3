/** Peers that are Node processes which NATS feeds: `ws` and Socket.IO, the latter also with its recovery of connections. */
import { connectNats } from '@cablehub/log';
import type { Agent } from '../agents.ts';
import { cableGroup } from '../load/load.ts';
import type { Group } from '../load/client.ts';
import { startProgram, type Program } from '../program.ts';
import { asking } from '../talk.ts';
import { postTo, type DropTarget, type StartPeer } from './peer.ts';
import type { PeerServerTalk } from './ws-server.ts';

type NodePeer = {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** What is special about how an event is told. */
  readonly way: string;
  readonly group: (port: number, agents: readonly Agent[]) => Group;
  readonly drops: (port: number, agents: readonly Agent[]) => DropTarget;
};

const identifiersOf = (agents: readonly Agent[]): readonly string[] => agents.map(({ identifier }) => identifier);

const ws: NodePeer = {
  name: 'ws',
  file: 'peers/ws-server',
  args: [],
  way: '',
  group: (port, agents) => cableGroup(port, identifiersOf(agents)),
  drops: (port, agents) => ({
    kind: 'rails',
    url: `ws://127.0.0.1:${port}/cable`,
    identifiers: identifiersOf(agents),
  }),
};

const ROOM = 'room-1';

const socketIo = (name: string, args: readonly string[]): NodePeer => ({
  name,
  file: 'peers/socket-io-server',
  args,
  way: 'the same frame for all',
  group: (port, agents) => ({
    ...cableGroup(port, []),
    path: '/socket.io/?EIO=4&transport=websocket',
    subprotocol: '',
    greeting: '"pingInterval"',
    confirmation: '"joined"',
    hellos: agents.map(() => `40${JSON.stringify({ room: ROOM })}`),
    sign: { asked: '2', answer: '3' },
  }),
  drops: (port, agents) => ({
    kind: 'socket-io',
    url: `http://127.0.0.1:${port}`,
    identifiers: agents.map(() => ROOM),
  }),
});

const starting =
  ({ name, file, args, way, group, drops }: NodePeer): StartPeer =>
  async ({ natsUrl }) => {
    const subject = `peer.${file.replaceAll('/', '.')}.${args.join('.') || 'stock'}`;
    const program: Program = startProgram({ name, file, args: [natsUrl, subject, ...args] });
    const link = await connectNats({ url: natsUrl, name: 'cablehub-bench-peer' });
    const stop = async (): Promise<void> => void (await Promise.all([program.stop(), link.close()]));
    try {
      const port = await asking<PeerServerTalk>(program).port(undefined);
      return {
        name,
        effort: { sizes: [1_000, 5_000], frames: 15_000, events: 15 },
        processes: [program],
        ways: [
          {
            name: way,
            group: (agents) => group(port, agents),
            tell: async (event) => link.connection.publish(subject, event),
            post: (event) => postTo(`http://127.0.0.1:${port}/events`, event),
          },
        ],
        drops: (agents) => drops(port, agents),
        stop,
      };
    } catch (error) {
      await stop();
      throw error;
    }
  };

export const startWs = starting(ws);
export const startSocketIo = starting(socketIo('Socket.IO', []));
export const startSocketIoRecovering = starting(socketIo('Socket.IO with connection state recovery', ['recovery']));
