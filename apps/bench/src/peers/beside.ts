/** The hub and one peer, started, and who connects to both. */
import { agentsOf, type Agent } from '../agents.ts';
import { startLoad, type Load } from '../load/load.ts';
import type { Stage } from '../scenario.ts';
import { startHubPeer, type HubPeer } from './hub-peer.ts';
import type { Peer, StartPeer } from './peer.ts';

export type Beside = {
  readonly hub: HubPeer;
  readonly peer: Peer;
  readonly load: Load;
  readonly agents: readonly Agent[];
  readonly stop: () => Promise<void>;
};

export const ACCOUNT = 1;
const MOST = 5_000;
let started = 0;

export const startBeside = async (stage: Stage, start: StartPeer): Promise<Beside> => {
  const agents = agentsOf(ACCOUNT, MOST);
  const folder = `${stage.folder}/peers-${started++}`;
  const hub = await startHubPeer({ folder: `${folder}/hub`, apps: ['gateway', 'projector', 'api'], agents });
  const peer = await start({ folder: `${folder}/peer`, natsUrl: hub.natsUrl }).catch(async (error: unknown) => {
    await hub.stop();
    throw error;
  });
  const load = startLoad();
  const stop = async (): Promise<void> => {
    await Promise.all([load.program.stop(), peer.stop()]);
    await hub.stop();
  };
  return { hub, peer, load, agents, stop };
};

export type Together = {
  /** The hub first. */
  readonly all: readonly [HubPeer, ...Peer[]];
  readonly agents: readonly Agent[];
  readonly stop: () => Promise<void>;
};

/** The hub and several peers at once, for what one can do without the others noticing. */
export const startTogether = async (
  stage: Stage,
  { starts, apps, clients }: { starts: readonly StartPeer[]; apps: HubPeerApps; clients: number },
): Promise<Together> => {
  const agents = agentsOf(ACCOUNT, clients);
  const folder = `${stage.folder}/peers-${started++}`;
  const hub = await startHubPeer({ folder: `${folder}/hub`, apps, agents });
  const peers: Peer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await hub.stop();
  };
  try {
    for (const [index, start] of starts.entries())
      peers.push(await start({ folder: `${folder}/peer-${index}`, natsUrl: hub.natsUrl }));
  } catch (error) {
    await stop();
    throw error;
  }
  return { all: [hub, ...peers], agents, stop };
};

type HubPeerApps = Parameters<typeof startHubPeer>[0]['apps'];
