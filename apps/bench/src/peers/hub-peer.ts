/** The hub as one of the peers. */
import { jetStreamDeliveries } from '@cablehub/log';
import { admit, type Agent } from '../agents.ts';
import { API_TOKEN, startHub, type AppName } from '../hub.ts';
import { cableGroup } from '../load/load.ts';
import { postTo, type DropTarget, type Peer } from './peer.ts';

export type HubPeerOptions = {
  readonly folder: string;
  readonly apps: readonly ['gateway', ...AppName[]];
  /** Whoever will connect. */
  readonly agents: readonly Agent[];
};

export type HubPeer = Peer & {
  readonly natsUrl: string;
  /** The same clients as Action Cable's. */
  readonly dropsOfRails: Peer['drops'];
};

export const startHubPeer = async ({ folder, apps, agents }: HubPeerOptions): Promise<HubPeer> => {
  const hub = await startHub({ folder, apps: Object.fromEntries(apps.map((name) => [name, 1])) });
  await admit(hub.link, agents);
  const gateway = hub.apps('gateway')[0]!;
  const { accountId } = agents[0]!;
  const deliveries = jetStreamDeliveries(hub.link);
  const identifiersOf = (some: readonly Agent[]): readonly string[] => some.map(({ identifier }) => identifier);
  const dropsOf =
    (kind: DropTarget['kind']): Peer['drops'] =>
    (some) => ({ kind, url: `ws://127.0.0.1:${gateway.port}/cable`, identifiers: identifiersOf(some) });
  return {
    name: 'hub',
    effort: { sizes: [1_000], frames: 15_000, events: 15 },
    processes: [gateway, ...apps.slice(1).flatMap((name) => hub.apps(name)), hub.natsWatched],
    natsUrl: hub.nats.url,
    ways: [
      {
        name: '',
        group: (some) => cableGroup(gateway.port, identifiersOf(some)),
        // As typing is told: not stored on the way, no more than peers store anything.
        tell: (payload) => {
          deliveries.send({ accountId, lane: 'agents', payload });
          return Promise.resolve();
        },
        post: (event) =>
          postTo(`${hub.apiUrl()}/v1/accounts/${accountId}/events`, event, {
            authorization: `Bearer ${API_TOKEN}`,
          }),
      },
    ],
    drops: dropsOf('anycable'),
    dropsOfRails: dropsOf('rails'),
    stop: hub.stop,
  };
};
