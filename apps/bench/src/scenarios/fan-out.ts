/**
 * Fan-out: one event for all agents of an account, from the gateway's NATS subscription to the sockets.
 *
 * Two groups of events are on their way at any time, so that the gateway always has the next one waiting and never two in
 * one tick but those that belong together. The yardstick sends as many frames as distinct, made beforehand.
 */
import { subjects } from '@cablehub/log';
import type { AccountId } from '@cablehub/events';
import { headers } from 'nats';
import { admit, agentsOf } from '../agents.ts';
import type { BareFanOutTalk } from '../bare/fan-out.ts';
import { startHub } from '../hub.ts';
import { bareGroup, cableGroup, startLoad, type Load } from '../load/load.ts';
import { severalInPairs, type Contender } from '../pairs.ts';
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
  play: async function* (stage) {
    const sizes = stage.isQuick ? [100, 1_000] : [100, 1_000, 5_000, 10_000];
    for (const sockets of sizes) yield* await playSize(stage, sockets);
  },
};

/** Clients, and what makes an event come to them. */
type Side = { readonly load: Load; readonly group: number; readonly publish: (together: number) => void };

const playSize = async (stage: Stage, sockets: number): Promise<readonly Line[]> => {
  const hub = await startHub({ folder: `${stage.folder}/fan-out-${sockets}`, apps: { gateway: 1 } });
  const bare = startProgram({ name: 'bare', file: 'bare/fan-out', args: [hub.nats.url, String(BYTES)] });
  // Each has a process of clients of its own: one may not have as many files open as both need.
  const [ourLoad, theirLoad] = [startLoad(), startLoad()] as const;
  try {
    const agents = agentsOf(ACCOUNT, sockets);
    await admit(hub.link, agents);
    const identifiers = agents.map(({ identifier }) => identifier);
    const gateway = hub.apps('gateway')[0]!;
    const ours = await ourLoad.ask.connect(cableGroup(gateway.port, identifiers));
    const theirs = await theirLoad.ask.connect(
      bareGroup(await asking<BareFanOutTalk>(bare).port(undefined), identifiers),
    );

    const payload = payloadOf(BYTES);
    let offset = 0;
    // As the server republishes what is stored, so that its storing is not part of what is measured.
    const publishOurs = (together: number): void => {
      for (let index = 0; index < together; index++) {
        const said = headers();
        said.set('Nats-Last-Sequence', String(offset));
        said.set('Nats-Sequence', String(++offset));
        said.set('Nats-Stream', 'DELIVERIES');
        said.set('Hub-Position', String(offset));
        said.set('Hub-Published-At', String(Date.now()));
        said.set('Nats-Subject', subjects.delivery(ACCOUNT, 'agents'));
        said.set('Nats-Msg-Id', `${offset}.agents`);
        hub.link.connection.publish(subjects.cable(ACCOUNT, 'agents'), payload, { headers: said });
      }
    };
    const publishTheirs = (together: number): void => {
      for (let index = 0; index < together; index++) hub.link.connection.publish(`bare.${together}`, payload);
    };
    const frames = stage.isQuick ? 50_000 : 200_000;

    const lines: Line[] = [];
    for (const together of [1, 8]) {
      const groups = Math.max(4, Math.ceil((frames * (together === 1 ? 1 : 2)) / (sockets * together)));
      const send = async ({ load, group, publish }: Side): Promise<void> => {
        await load.ask.forget(group);
        for (let ahead = 0; ahead < AHEAD; ahead++) publish(together);
        for (let done = 1; done <= groups; done++) {
          await load.ask.everybodyHas({ group, frames: done * together });
          if (done + AHEAD <= groups) publish(together);
        }
      };
      const contender = (sender: Watched, side: Side): Contender<readonly number[]> => ({
        processes: [sender],
        client: side.load.program,
        run: async (): Promise<readonly number[]> => {
          const { seconds, usage } = await usageDuring([sender], () => send(side));
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
          hub: contender(gateway, { load: ourLoad, group: ours.group, publish: publishOurs }),
          bare: contender(bare, { load: theirLoad, group: theirs.group, publish: publishTheirs }),
        })),
      );
    }
    return lines;
  } finally {
    await Promise.all([ourLoad, theirLoad].map(({ program }) => program.stop()));
    await bare.stop();
    await hub.stop();
  }
};
