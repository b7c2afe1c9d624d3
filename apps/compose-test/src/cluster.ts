/** The cluster overlay: three NATS nodes, and the leader of a stream killed under load. */
import { waitFor, type Container, type Hub } from './hub.ts';
import { endedLoad, isOpen, withLoad } from './seen.ts';
import type { Stage } from './stage.ts';
import type { Engine } from './engine.ts';

const NODES = ['nats', 'nats-2', 'nats-3'] as const;

export const playCluster = async ({ engine, hub, step, seed }: Stage): Promise<void> => {
  await step('docker compose -f … -f infra/compose/cluster.yaml up -d --wait', async () => {
    await hub.up({ gateway: 2, projector: 2 });
    const streams = await streamsOf(engine, hub);
    const single = streams.filter(({ copies }) => copies !== 3).map(({ name }) => name);
    if (streams.length === 0 || single.length > 0) throw new Error(`not on three nodes: ${single.join(', ') || 'all'}`);
    return `${streams.length} streams and buckets with 3 copies; ${await isOpen(hub)}`;
  });
  await withLoad(hub, { accounts: [1, 2, 3], seed }, async (load) => {
    for (const stream of ['EVENTS', 'DELIVERIES'])
      await step(`kill the leader of ${stream}`, () =>
        load.inject(`kill the leader of ${stream}`, async () => {
          const leader = await waitFor(`${stream} has a leader`, () => leaderOf(engine, hub, stream));
          const startedAt = performance.now();
          await hub.kill(leader);
          const next = await waitFor(`${stream} has another leader`, () => leaderOf(engine, hub, stream));
          const took = ((performance.now() - startedAt) / 1_000).toFixed(1);
          await hub.start(leader);
          await hub.up({}, NODES);
          return `${next.service} leads ${took} s after ${leader.service} was killed`;
        }),
      );
    await step('the ledger', () => endedLoad(load));
  });
};

type Stream = { readonly name: string; readonly leader: string | undefined; readonly copies: number };

const leaderOf = async (engine: Engine, hub: Hub, stream: string): Promise<Container | null> => {
  const running = await nodesOf(hub);
  const leader = (await streamsOf(engine, hub)).find(({ name }) => name === stream)?.leader;
  return running.find(({ service }) => service === leader) ?? null;
};

const nodesOf = async (hub: Hub): Promise<readonly Container[]> =>
  (await Promise.all(NODES.map((node) => hub.containersOf(node)))).flat();

type JetStreamPage = {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly config?: { readonly num_replicas: number };
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
};

/** What the first node that runs says of the streams. Nodes are named as their services are. */
const streamsOf = async ({ docker }: Engine, hub: Hub): Promise<readonly Stream[]> => {
  const [node] = await nodesOf(hub);
  const url = 'http://127.0.0.1:8222/jsz?accounts=true&streams=true&config=true';
  const page = JSON.parse(await docker(['exec', node!.name, 'wget', '-q', '-O-', url])) as JetStreamPage;
  return (page.account_details ?? []).flatMap(({ stream_detail: streams = [] }) =>
    streams.map(({ name, config, cluster }) => ({ name, leader: cluster?.leader, copies: config?.num_replicas ?? 0 })),
  );
};
