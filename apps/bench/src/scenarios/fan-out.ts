/**
 * Fan-out: one event for all agents of an account, from the gateway's NATS subscription to the sockets.
 *
 * Two groups of events are on their way at any time, so that the gateway always has the next one waiting and never two in
 * one tick but those that belong together. The yardstick sends as many frames as distinct, made beforehand.
 */
import { everyone, jetStreamDeliveries } from '@cablehub/log';
import type { AccountId, Position } from '@cablehub/events';
import { admit, agentsOf } from '../agents.ts';
import type { BareFanOutTalk } from '../bare/fan-out.ts';
import { startHub } from '../hub.ts';
import { bareGroup, cableGroup, startLoad } from '../load/load.ts';
import { severalInPairs } from '../pairs.ts';
import { payloadOf } from '../payload.ts';
import { startProgram } from '../program.ts';
import type { Line, Scenario, Stage } from '../scenario.ts';
import { asking } from '../talk.ts';
import { usageDuring, type Watched } from '../usage.ts';

const ACCOUNT = 1 as AccountId;
const BYTES = 2_500;
const AHEAD = 2;

export const fanOut: Scenario = {
  name: 'fan-out',
  about:
    'Frames of 2.5 KB to agents of one account, each with an identifier of its own; bare: uWebSockets.js sends as many.',
  play: async (stage) => {
    const sizes = stage.isQuick ? [100, 1_000] : [100, 1_000, 5_000, 9_500];
    const lines: Line[] = [];
    for (const sockets of sizes) lines.push(...(await playSize(stage, sockets)));
    return lines;
  },
};

const playSize = async (stage: Stage, sockets: number): Promise<readonly Line[]> => {
  const hub = await startHub({ folder: `${stage.folder}/fan-out-${sockets}`, apps: { gateway: 1 } });
  const bare = startProgram({ name: 'bare', file: 'bare/fan-out', args: [hub.nats.url, String(BYTES)] });
  const load = startLoad();
  try {
    const agents = agentsOf(ACCOUNT, sockets);
    await admit(hub.link, agents);
    const identifiers = agents.map(({ identifier }) => identifier);
    const gateway = hub.apps('gateway')[0]!;
    const ours = await load.ask.connect(cableGroup(gateway.port, identifiers));
    const theirs = await load.ask.connect(bareGroup(await asking<BareFanOutTalk>(bare).port(undefined), identifiers));

    const deliveries = jetStreamDeliveries(hub.link);
    const payload = payloadOf(BYTES);
    let position = 0;
    const publishOurs = (together: number): void => {
      for (let index = 0; index < together; index++)
        void deliveries.publish([
          {
            kind: 'frame',
            accountId: ACCOUNT,
            lane: 'agents',
            position: ++position as Position,
            audience: everyone,
            payload,
          },
        ]);
    };
    const publishTheirs = (together: number): void => {
      for (let index = 0; index < together; index++) hub.link.connection.publish(`bare.${together}`, payload);
    };
    const frames = stage.isQuick ? 20_000 : 200_000;

    const lines: Line[] = [];
    for (const together of [1, 8]) {
      const groups = Math.max(4, Math.ceil((frames * (together === 1 ? 1 : 2)) / (sockets * together)));
      const send = async (group: number, publish: (together: number) => void): Promise<void> => {
        await load.ask.forget(group);
        for (let ahead = 0; ahead < AHEAD; ahead++) publish(together);
        for (let done = 1; done <= groups; done++) {
          await load.ask.everybodyHas({ group, frames: done * together });
          if (done + AHEAD <= groups) publish(together);
        }
      };
      const contender = (sender: Watched, group: number, publish: (together: number) => void) => ({
        processes: [sender],
        run: async (): Promise<readonly number[]> => {
          const { seconds, usage } = await usageDuring([sender], () => send(group, publish));
          const sent = groups * together * sockets;
          return [sent / seconds, sent / usage[0]!.cpuSeconds];
        },
      });
      lines.push(
        ...(await severalInPairs(stage, {
          of: `${sockets.toLocaleString('en')} sockets, ${together === 1 ? 'one event at a time' : `${together} at a time`}`,
          measures: [
            { unit: 'frames/s', reach: { atLeast: 0.85 } },
            { unit: 'frames/CPU s', reach: null },
          ],
          hub: contender(gateway, ours.group, publishOurs),
          bare: contender(bare, theirs.group, publishTheirs),
          client: load.program,
        })),
      );
    }
    return lines;
  } finally {
    await load.program.stop();
    await bare.stop();
    await hub.stop();
  }
};
