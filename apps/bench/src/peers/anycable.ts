/** AnyCable's server by itself, where it is or a Go tool chain can build it: public streams, broadcasts over HTTP, history in memory. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from '../agents.ts';
import { cableGroup } from '../load/load.ts';
import { freePort } from '../ports.ts';
import { startCommand } from '../program.ts';
import type { Stage } from '../scenario.ts';
import { npmFolder } from './npm.ts';
import { postTo, untilAnswered, type Peer, type StartPeer } from './peer.ts';

const MODULE = 'github.com/anycable/anycable-go/cmd/anycable-go@v1.5.6';
const BUILD_MS = 120_000;

/** Builds it unless it was, and sees that it starts. Gives how it is started, or why it cannot be had. */
export const anyCableAtHand = async ({
  say,
  folder: scratch,
}: Pick<Stage, 'say' | 'folder'>): Promise<StartPeer | string> => {
  const folder = join(npmFolder, 'bin');
  const command = join(folder, 'anycable-go');
  if (!existsSync(command)) {
    mkdirSync(folder, { recursive: true });
    say(`  go install ${MODULE}`);
    const { status, stderr, error } = spawnSync('env', [`GOBIN=${folder}`, 'go', 'install', MODULE], {
      encoding: 'utf8',
      timeout: BUILD_MS,
    });
    if (status !== 0) return `go install ${MODULE} failed: ${error?.message ?? lastLineOf(stderr)}`;
  }
  return start(command, join(scratch, 'anycable')).then(
    async (peer) => {
      await peer.stop();
      return ({ folder: data }) => start(command, data);
    },
    (error: unknown) => String(error),
  );
};

const lastLineOf = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const STREAM = 'room-1';
const identifiersOf = (agents: readonly Agent[]): readonly string[] =>
  agents.map(({ userId }) => JSON.stringify({ channel: '$pubsub', stream_name: STREAM, user_id: userId }));

const start = async (command: string, folder: string): Promise<Peer> => {
  mkdirSync(folder, { recursive: true });
  const [port, broadcasts] = [await freePort(), await freePort()];
  const program = startCommand({
    name: 'AnyCable',
    command,
    args: [
      '--public',
      '--host=127.0.0.1',
      `--port=${port}`,
      '--broadcast_adapter=http',
      `--http_broadcast_port=${broadcasts}`,
      '--broker=memory',
      '--log_level=error',
    ],
    environment: {},
    folder,
  });
  await untilAnswered({ program, port }).catch(async (error: unknown) => {
    await program.stop();
    throw error;
  });
  const post = (event: Uint8Array): Promise<void> =>
    postTo(
      `http://127.0.0.1:${broadcasts}/_broadcast`,
      Buffer.from(JSON.stringify({ stream: STREAM, data: Buffer.from(event).toString() })),
    );
  return {
    name: 'AnyCable',
    effort: { sizes: [1_000, 5_000], frames: 15_000, events: 15 },
    processes: [program],
    ways: [{ name: '', group: (agents) => cableGroup(port, identifiersOf(agents)), tell: post, post }],
    drops: (agents) => ({
      kind: 'anycable',
      url: `ws://127.0.0.1:${port}/cable`,
      identifiers: identifiersOf(agents),
    }),
    stop: program.stop,
  };
};
