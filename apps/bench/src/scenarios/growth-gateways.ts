/** Growth in gateways: what all of them together use for a frame, with the same agents on one and on several. */
import type { AccountId, Position } from '@cablehub/events';
import { everyone, jetStreamDeliveries } from '@cablehub/log';
import { admit, agentsOf } from '../agents.ts';
import { startHub, type Hub } from '../hub.ts';
import { cableGroup, startLoad, type Load } from '../load/load.ts';
import { severalInPairs, type Contender } from '../pairs.ts';
import { payloadOf } from '../payload.ts';
import type { Line, Reach, Stage } from '../scenario.ts';
import { usageDuring, type Watched } from '../usage.ts';

const AGENTS = 100;
const ACCOUNTS = 10;

/** Each event is for all agents of an account, and every gateway has some of them. */
export const moreGateways = async (stage: Stage, reach: Reach): Promise<readonly Line[]> => {
  const sizes = stage.isQuick ? [2] : [2, 4];
  const hub = await startHub({ folder: `${stage.folder}/growth-gateways`, apps: { gateway: 1 + Math.max(...sizes) } });
  const load = startLoad();
  try {
    const agents = Array.from({ length: ACCOUNTS }, (_, index) => agentsOf(index + 1, AGENTS)).flat();
    await admit(hub.link, agents);
    const [alone, ...several] = hub.apps('gateway');
    const on = async (
      gateways: readonly (Watched & { readonly port: number })[],
    ): Promise<Contender<readonly number[]>> => {
      const groups = await Promise.all(
        gateways.map(async ({ port }, index) => {
          const here = agents.filter((_, at) => at % gateways.length === index);
          return (
            await load.ask.connect(
              cableGroup(
                port,
                here.map(({ identifier }) => identifier),
              ),
            )
          ).group;
        }),
      );
      return gatewaysAtWork(stage, { hub, load, groups, gateways });
    };
    const lines: Line[] = [];
    for (const size of sizes) {
      const one = await on([alone!]);
      const more = await on(several.slice(0, size));
      lines.push(
        ...(await severalInPairs(stage, {
          of: `${size} gateways to 1`,
          measures: [{ unit: 'CPU µs a frame', reach }],
          hub: more,
          bare: one,
        })),
      );
    }
    return lines;
  } finally {
    await load.program.stop();
    await hub.stop();
  }
};

type Fleet = {
  readonly hub: Hub;
  readonly load: Load;
  readonly groups: readonly number[];
  readonly gateways: readonly Watched[];
};

let position = 0;

/** What all gateways together use for a frame: one event for each account, and the next when all have it. */
const gatewaysAtWork = (stage: Stage, { hub, load, groups, gateways }: Fleet): Contender<readonly number[]> => {
  const deliveries = jetStreamDeliveries(hub.link);
  const payload = payloadOf(2_500);
  const rounds = stage.isQuick ? 40 : 150;
  const all = async (frames: number): Promise<void> =>
    void (await Promise.all(groups.map((group) => load.ask.everybodyHas({ group, frames }))));
  return {
    processes: gateways,
    client: load.program,
    run: async () => {
      for (const group of groups) await load.ask.forget(group);
      const { usage } = await usageDuring(gateways, async () => {
        for (let round = 1; round <= rounds; round++) {
          await deliveries.publish(
            Array.from({ length: ACCOUNTS }, (_, index) => ({
              kind: 'frame' as const,
              accountId: (index + 1) as AccountId,
              lane: 'agents' as const,
              position: ++position as Position,
              audience: everyone,
              payload,
            })),
          );
          await all(round);
        }
      });
      const cpuSeconds = usage.reduce((sum, one) => sum + one.cpuSeconds, 0);
      return [(cpuSeconds / (rounds * ACCOUNTS * AGENTS)) * 1e6];
    },
  };
};
