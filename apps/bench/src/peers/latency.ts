/**
 * Latency: from the HTTP request to the frame on the last socket, one event at a time; and the same from the broker on, where that is
 * something else.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from 'simple-statistics';
import type { Contender } from '../pairs.ts';
import { severalInPairs } from '../pairs.ts';
import type { Line, Stage } from '../scenario.ts';
import type { Beside } from './beside.ts';
import { contactCreated, contactTold } from './contact.ts';
import type { Peer, Way } from './peer.ts';

/** Between events, uneven so that no timer of a server is always met at the same point. */
const PAUSES_MS = [5, 11, 7, 17, 3, 13];

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export const latencyLines = async (stage: Stage, beside: Beside, way: Way): Promise<readonly Line[]> => {
  const { hub, peer, load, agents } = beside;
  const sockets = stage.isQuick ? 100 : 1_000;
  const connect = async (of: Way) => (await load.ask.connect(of.group(agents.slice(0, sockets)))).group;
  const ours = await connect(hub.ways[0]);
  const theirs = await connect(way);
  const contender = (of: Peer, group: number, send: (id: number) => Promise<void>): Contender<readonly number[]> => ({
    processes: of.processes,
    run: async () => {
      await load.ask.forget(group);
      const latencies: number[] = [];
      const events = Math.ceil(of.effort.events / (stage.isQuick ? 3 : 1));
      for (let event = 1; event <= events; event++) {
        const sentAt = now();
        const [lastAt] = await Promise.all([load.ask.everybodyHas({ group, frames: event }), send(nextId++)]);
        latencies.push(lastAt - sentAt);
        await pause(PAUSES_MS[event % PAUSES_MS.length]);
      }
      return [quantile(latencies, 0.5), quantile(latencies, 0.95)];
    },
  });
  const name = [peer.name, way.name].filter(Boolean).join(', ');
  const reach = { atMost: 1 };
  const measures = [
    { unit: 'ms p50', reach },
    { unit: 'ms p95', reach },
  ];
  const [own] = hub.ways;
  const fromHttp = await severalInPairs(stage, {
    of: `${name}: HTTP to the last of ${sockets.toLocaleString('en')}`,
    measures,
    hub: contender(hub, ours, (id) => own.post(contactCreated(id), sockets)),
    bare: contender(peer, theirs, (id) => way.post(contactTold(id), sockets)),
    client: load.program,
    notes: ['the hub has stored the event and whom it concerns, the peer nothing'],
  });
  const fromBroker =
    way.tell === way.post
      ? []
      : await severalInPairs(stage, {
          of: `${name}: broker to the last of ${sockets.toLocaleString('en')}`,
          measures,
          hub: contender(hub, ours, (id) => own.tell(contactTold(id), sockets)),
          bare: contender(peer, theirs, (id) => way.tell(contactTold(id), sockets)),
          client: load.program,
        });
  for (const group of [ours, theirs]) await load.ask.cut(group);
  return [...fromHttp, ...fromBroker];
};

/** Of contacts: each is new to the hub. */
let nextId = 1;
