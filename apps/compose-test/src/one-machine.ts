/** compose.yaml as a user runs it: up, the demo, down and up again, scaled, and everything killed in turn under load. */
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor, type Container, type Hub, type Service } from './hub.ts';
import { endedLoad, isOpen, sockets, takeOver, withLoad } from './seen.ts';
import type { Stage } from './stage.ts';

const SCALE = { gateway: 3, api: 2, projector: 2, presence: 2 } as const;
const LEADS = { projector: 'cablehub_projector_leader', presence: 'cablehub_presence_lease_held' } as const;
const NATS_DOWN_MS = 2_000;

export const playOneMachine = async ({ hub, step, seed }: Stage): Promise<void> => {
  await step('docker compose up -d --wait', async () => {
    await hub.up();
    return isOpen(hub);
  });
  await step('hub demo', async () => lastLine(await hub.hub(['demo'])));
  await step('docker compose down, up -d --wait', async () => {
    const before = await eventsIn(hub);
    await hub.compose(['down']);
    await hub.up();
    const after = await eventsIn(hub);
    // Presence may have added what came of everybody's leaving.
    const isKept = before.length > 0 && before.every((event, index) => event === after[index]);
    if (!isKept) throw new Error(`${before.length} events before; they are not what the log begins with after`);
    return `${before.length} events before, the same after; ${await isOpen(hub)}`;
  });
  await step('--scale gateway=3 api=2 projector=2 presence=2', async () => {
    await hub.up(SCALE);
    return isOpen(hub);
  });
  await withLoad(hub, { accounts: [1_001, 1_002, 1_003], seed }, async (load) => {
    await step('sockets on three gateways', async () => {
      const each = await sockets(hub);
      if (each.length < 3 || each.some((count) => count === 0)) throw new Error(`sockets: ${each.join(', ')}`);
      return `${load.clients} clients: ${each.join(' + ')}`;
    });
    const kill = (service: Service, seeing: (killed: Container) => Promise<string>): Promise<void> =>
      step(`kill ${service}`, () =>
        load.inject(`kill ${service}`, async () => {
          const killed = (await hub.containersOf(service))[0]!;
          await hub.kill(killed);
          const seen = await seeing(killed);
          await hub.start(killed);
          await hub.up(SCALE, [service]);
          return seen;
        }),
      );
    await kill('gateway', async () => {
      const each = await allConnected(hub, load.clients);
      return `everybody is on the others: ${each.join(' + ')}`;
    });
    for (const service of ['projector', 'presence'] as const)
      await step(`kill the ${service} that works`, () =>
        load.inject(`kill ${service}`, async () => {
          const seen = await takeOver(hub, service, LEADS[service]);
          await hub.up(SCALE, [service]);
          return seen;
        }),
      );
    await kill('api', async () => isOpen(hub));
    await kill('nats', async (nats) => {
      await pause(NATS_DOWN_MS);
      const startedAt = performance.now();
      await hub.start(nats);
      await waitFor('the hub takes clients again', () => isOpen(hub));
      return `down for ${NATS_DOWN_MS / 1_000} s; open again ${seconds(startedAt)} s after its start`;
    });
    for (const service of ['gateway', 'api', 'projector', 'presence'] as const)
      await step(`recreate every ${service}`, () =>
        load.inject(`recreate ${service}`, async () => {
          const scale = `${service}=${SCALE[service]}`;
          await hub.compose(['up', '-d', '--wait', '--no-deps', '--force-recreate', '--scale', scale, service]);
          return isOpen(hub);
        }),
      );
    await step('--scale gateway=1', () =>
      load.inject('scale down', async () => {
        await hub.up({ gateway: 1 }, ['gateway']);
        return `everybody is on the one that is left: ${(await allConnected(hub, load.clients)).join(' + ')}`;
      }),
    );
    await step('the ledger', () => endedLoad(load));
  });
};

/** Waits until the gateways that run hold every client; how many each. */
const allConnected = (hub: Hub, clients: number): Promise<readonly number[]> =>
  waitFor('every client is connected again', async () => {
    const each = await sockets(hub);
    return each.reduce((sum, count) => sum + count, 0) >= clients ? each : null;
  });

const eventsIn = async (hub: Hub): Promise<readonly string[]> =>
  (await hub.hub(['events', '--json'])).split('\n').filter((line) => line.startsWith('{'));

const lastLine = (text: string): string => text.trim().split('\n').at(-1)!;
const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(1);
