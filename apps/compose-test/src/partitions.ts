/** The partitions overlay: two projectors, each with half of the accounts, one of them killed under load. */
import { waitFor, type Hub } from './hub.ts';
import { endedLoad, isOpen, withLoad } from './seen.ts';
import type { Stage } from './stage.ts';

/** Of partitions 1 and 40. */
const ACCOUNTS = [1, 40] as const;
const HALVES = ['projector-a', 'projector-b'] as const;

export const playPartitions = async ({ hub, step, seed }: Stage): Promise<void> => {
  await step('docker compose -f … -f infra/compose/partitions.yaml up -d --wait', async () => {
    await hub.up();
    return isOpen(hub);
  });
  await withLoad(hub, { accounts: ACCOUNTS, seed }, async (load) => {
    await step('each projector works on its half', async () => {
      const events = await waitFor('both have folded events', async () => {
        const each = await Promise.all(HALVES.map((half) => folded(hub, half)));
        return each.every((count) => count > 0) ? each : null;
      });
      return HALVES.map((half, index) => `${half}: ${events[index]} events`).join(', ');
    });
    await step('kill projector-b', () =>
      load.inject('kill projector-b', async () => {
        const [killed] = await hub.containersOf('projector-b');
        await hub.kill(killed!);
        const before = await folded(hub, 'projector-a');
        await waitFor('the other half goes on', async () =>
          (await folded(hub, 'projector-a')) > before ? true : null,
        );
        await hub.start(killed!);
        await waitFor('it works again', async () => ((await folded(hub, 'projector-b')) > 0 ? true : null));
        return 'projector-a went on, projector-b made up for it when it came back';
      }),
    );
    await step('the ledger', () => endedLoad(load));
  });
};

const folded = async (hub: Hub, half: (typeof HALVES)[number]): Promise<number> => {
  const [container] = await hub.containersOf(half);
  return container === undefined ? 0 : (await hub.metricsOf(container))('cablehub_projector_events_total');
};
