/**
 * Peers: the hub beside what else an application could use, each with the same clients, the same events and in the same run.
 *
 * They do less than the hub: none of them stores an event, knows who may hear it, or has anything to tell a client that was away.
 */
import { dropLines } from '../peers/drops.ts';
import { fanOutLines } from '../peers/fan-out.ts';
import { startBeside } from '../peers/beside.ts';
import { idleLines } from '../peers/idle.ts';
import { latencyLines } from '../peers/latency.ts';
import { peersAtHand } from '../peers/at-hand.ts';
import type { StartPeer } from '../peers/peer.ts';
import type { Line, Scenario, Stage } from '../scenario.ts';

export const peers: Scenario = {
  name: 'peers',
  about: 'The hub and, as bare, others with the same job: Action Cable with Redis, AnyCable, ws, Socket.IO.',
  play: async function* (stage) {
    const present: StartPeer[] = [];
    for (const peer of await peersAtHand(stage)) {
      if ('absent' in peer) stage.say(`  ${peer.name} is left out, for it cannot be had here: ${peer.absent}`);
      else present.push(peer.start);
    }
    for (const start of present) yield* await playOne(stage, start);
    yield* await idleLines(stage, present);
    yield* await dropLines(stage, present);
  },
};

const playOne = async (stage: Stage, start: StartPeer): Promise<readonly Line[]> => {
  const beside = await startBeside(stage, start);
  try {
    const { sizes } = beside.peer.effort;
    const lines: Line[] = [];
    for (const way of beside.peer.ways) {
      for (const sockets of stage.isQuick ? sizes.slice(0, 1) : sizes)
        lines.push(...(await fanOutLines(stage, beside, { way, sockets })));
      lines.push(...(await latencyLines(stage, beside, way)));
    }
    return lines;
  } finally {
    await beside.stop();
  }
};
