/**
 * Rails' Action Cable with Redis, as Debian ships them: one puma that keeps the sockets, another that broadcasts as a worker would.
 *
 * An event is told in two ways: with one broadcast for each recipient's token, as Chatwoot does, and with one for a stream that
 * everybody shares.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Agent } from '../agents.ts';
import { cableGroup } from '../load/load.ts';
import { freePort } from '../ports.ts';
import { startCommand, type Program } from '../program.ts';
import { postTo, untilAnswered, type Peer, type PeerOptions, type Way } from './peer.ts';

/** Of Debian's `rails` what an application without a database and pages needs. */
export const ACTION_CABLE_PACKAGES = ['puma', 'redis-server', 'ruby-actioncable', 'ruby-railties', 'ruby-redis'];

const application = fileURLToPath(new URL('../../src/peers/action-cable', import.meta.url));

export const startActionCable = async ({ folder }: PeerOptions): Promise<Peer> => {
  const started: Program[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(started.map((program) => program.stop())));
  try {
    const redis = await startRedis(folder);
    started.push(redis.program);
    const pumas = await Promise.all(
      ['puma', 'puma that broadcasts'].map((name) => startPuma({ name, folder, redisPort: redis.port })),
    );
    const [sockets, broadcasts] = pumas as [Started, Started];
    started.push(sockets.program, broadcasts.program);
    await Promise.all(pumas.map(untilAnswered));
    const way = (name: string, streams: 'each' | 'one'): Way => {
      const post = (event: Uint8Array, clients: number): Promise<void> =>
        postTo(`http://127.0.0.1:${broadcasts.port}/events/${streams === 'each' ? clients : 1}`, event);
      const group = (agents: readonly Agent[]) => cableGroup(sockets.port, identifiersOf(agents, streams));
      return { name, group, tell: post, post };
    };
    return {
      name: 'Action Cable',
      effort: { sizes: [1_000], frames: 1_000, events: 3 },
      processes: [sockets.program, broadcasts.program, redis.program],
      ways: [way('a broadcast a token', 'each'), way('one broadcast', 'one')],
      drops: (agents) => ({
        kind: 'rails',
        url: `ws://127.0.0.1:${sockets.port}/cable`,
        identifiers: identifiersOf(agents, 'each'),
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

type Started = { readonly program: Program; readonly port: number };

const identifiersOf = (agents: readonly Agent[], streams: 'each' | 'one'): readonly string[] =>
  agents.map(({ accountId, userId }, index) => {
    const stream = `room-${streams === 'each' ? index + 1 : 1}`;
    return JSON.stringify({ channel: 'RoomChannel', stream, account_id: accountId, user_id: userId });
  });

const startRedis = async (folder: string): Promise<Started> => {
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const program = startCommand({
    name: 'redis-server',
    command: '/usr/bin/redis-server',
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    environment: {},
    folder,
  });
  return { program, port };
};

const startPuma = async ({
  name,
  folder,
  redisPort,
}: {
  name: string;
  folder: string;
  redisPort: number;
}): Promise<Started> => {
  const port = await freePort();
  const root = join(folder, name);
  mkdirSync(root, { recursive: true });
  const program = startCommand({
    name,
    command: '/usr/bin/puma',
    args: ['-e', 'production', '-t', '5:5', '-b', `tcp://127.0.0.1:${port}`, join(application, 'config.ru')],
    environment: {
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      RAILS_ENV: 'production',
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      ROOT: root,
    },
    folder: root,
  });
  return { program, port };
};
