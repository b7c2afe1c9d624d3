/**
 * Fan-out: one event for everybody, from the broker that feeds the process with the sockets. Frames per second, and per second that
 * this process was busy, which tells more where others use the machine.
 */
import type { Contender } from '../pairs.ts';
import { severalInPairs } from '../pairs.ts';
import type { Line, Stage } from '../scenario.ts';
import { usageDuring } from '../usage.ts';
import type { Beside } from './beside.ts';
import { contactTold } from './contact.ts';
import type { Peer, Way } from './peer.ts';

/** Events on their way at any time, so that the next one always waits. */
const AHEAD = 2;
const LEAST_EVENTS = 2;

export const fanOutLines = async (
  stage: Stage,
  { hub, peer, load, agents }: Beside,
  { way, sockets }: { readonly way: Way; readonly sockets: number },
): Promise<readonly Line[]> => {
  const connect = async (of: Way) => (await load.ask.connect(of.group(agents.slice(0, sockets)))).group;
  const ours = await connect(hub.ways[0]);
  const theirs = await connect(way);
  const contender = (of: Peer, by: Way, group: number): Contender<readonly number[]> => ({
    processes: of.processes,
    run: async () => {
      await load.ask.forget(group);
      const frames = of.effort.frames / (stage.isQuick ? 3 : 1);
      const events = Math.max(LEAST_EVENTS, Math.ceil(frames / sockets));
      const tell = (): Promise<void> => by.tell(contactTold(1), sockets);
      const { seconds, usage } = await usageDuring(of.processes.slice(0, 1), async () => {
        const told = Array.from({ length: AHEAD }, tell);
        for (let done = 1; done <= events; done++) {
          await load.ask.everybodyHas({ group, frames: done });
          if (done + AHEAD <= events) told.push(tell());
        }
        await Promise.all(told);
      });
      return [(events * sockets) / seconds, (events * sockets) / usage[0]!.cpuSeconds];
    },
  });
  const lines = await severalInPairs(stage, {
    of: `${[peer.name, way.name].filter(Boolean).join(', ')}: fan-out to ${sockets.toLocaleString('en')}`,
    measures: [
      { unit: 'frames/s', reach: { atLeast: 1 } },
      { unit: 'frames/CPU s', reach: { atLeast: 1 } },
    ],
    hub: contender(hub, hub.ways[0], ours),
    bare: contender(peer, way, theirs),
    client: load.program,
  });
  for (const group of [ours, theirs]) await load.ask.cut(group);
  return lines;
};
