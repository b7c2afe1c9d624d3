/**
 * Growth: what an event and a frame cost as there are more accounts, more events behind them, and more gateways.
 *
 * It is held against itself at the smallest size, in turn, and in CPU seconds: wall time would tell what else the machine does.
 */
import {
  allPartitions,
  contactTokenKey,
  jetStreamCheckpoints,
  jetStreamLog,
  jetStreamTokens,
  projectorRole,
} from '@cablehub/log';
import { setTimeout as pause } from 'node:timers/promises';
import { fill, type Filling } from '../fill.ts';
import { startHub, type Hub } from '../hub.ts';
import { cableGroup, startLoad, type Load } from '../load/load.ts';
import { severalInPairs, type Contender } from '../pairs.ts';
import type { Line, Scenario, Stage } from '../scenario.ts';
import { accountMade, customerMade, customerToken, messageWritten } from '../story.ts';
import { usageDuring, untilIdle } from '../usage.ts';
import { moreGateways } from './growth-gateways.ts';

const CUSTOMERS = 1_000;
const reach = { atMost: 1.15 };

export const growth: Scenario = {
  name: 'growth',
  about:
    'CPU time for an event and a frame with more accounts, a longer log and more gateways; bare: itself at the smallest.',
  play: async function* (stage) {
    yield* moreAccounts(stage);
    yield* longerLog(stage);
    yield* await moreGateways(stage, reach);
  },
};

const moreAccounts = (stage: Stage): AsyncGenerator<Line> => {
  const sizes = stage.isQuick ? [100] : [10, 100, 1_000];
  return comparedToSmallest(stage, {
    smallest: { name: '1 account', accounts: 1, behind: 0, conversations: CUSTOMERS },
    others: sizes.map((accounts) => ({
      name: `${accounts.toLocaleString('en')} accounts`,
      accounts,
      behind: 0,
      conversations: CUSTOMERS,
    })),
  });
};

/** What is in the log before it begins: told already, so the projector folds it in silence. */
const longerLog = (stage: Stage): AsyncGenerator<Line> => {
  const size = (behind: number, conversations: number): World => ({
    name: `${behind.toLocaleString('en')} events and ${conversations.toLocaleString('en')} conversations behind`,
    accounts: 1,
    behind,
    conversations,
  });
  return comparedToSmallest(stage, {
    smallest: size(stage.isQuick ? 5_000 : 10_000, CUSTOMERS),
    others: stage.isQuick ? [size(20_000, 5_000)] : [size(100_000, 20_000), size(1_000_000, 100_000)],
  });
};

type World = {
  readonly name: string;
  readonly accounts: number;
  /** Events in the log, at least. */
  readonly behind: number;
  /** Of all accounts; at least as many as there are customers with a socket. */
  readonly conversations: number;
};

type Played = {
  readonly hub: Hub;
  readonly load: Load;
  readonly group: number;
  readonly accounts: number;
};

async function* comparedToSmallest(
  stage: Stage,
  { smallest, others }: { readonly smallest: World; readonly others: readonly World[] },
): AsyncGenerator<Line> {
  const small = await playWorld(stage, smallest);
  try {
    for (const world of others) {
      const large = await playWorld(stage, world);
      try {
        yield* await severalInPairs(stage, {
          of: `${world.name} to ${smallest.name}`,
          measures: [
            { unit: 'CPU µs an event', reach },
            { unit: 'CPU µs a frame', reach },
          ],
          hub: costOf(stage, large),
          bare: costOf(stage, small),
        });
      } finally {
        await end(large);
      }
    }
  } finally {
    await end(small);
  }
}

let nextMessage = 1_000_000_000;

/** What the projector and NATS use for each event, and the gateway for each frame: every event is for one customer. */
const costOf = (stage: Stage, { hub, load, group, accounts }: Played): Contender<readonly number[]> => {
  const [projector, gateway] = [hub.apps('projector')[0]!, hub.apps('gateway')[0]!];
  const processes = [gateway, projector, hub.natsWatched];
  const rounds = stage.isQuick ? 3 : 10;
  return {
    processes,
    client: load.program,
    run: async () => {
      await load.ask.forget(group);
      const { usage } = await usageDuring(processes, async () => {
        for (let round = 1; round <= rounds; round++) {
          const messages = Array.from({ length: CUSTOMERS }, (_, index): Filling => {
            const customer = customerAt(index, accounts);
            return { ...messageWritten(nextMessage++, customer.id), account: customer.account };
          });
          await fill(hub.link, messages);
          await load.ask.everybodyHas({ group, frames: round });
        }
      });
      const cost = (cpuSeconds: number): number => (cpuSeconds / (rounds * CUSTOMERS)) * 1e6;
      return [cost(usage[1]!.cpuSeconds + usage[2]!.cpuSeconds), cost(usage[0]!.cpuSeconds)];
    },
  };
};

/** Customers are dealt to the accounts like cards. */
const customerAt = (index: number, accounts: number): { readonly account: number; readonly id: number } => ({
  account: (index % accounts) + 1,
  id: Math.floor(index / accounts) + 1,
});

const playWorld = async (stage: Stage, world: World): Promise<Played> => {
  const { name, accounts } = world;
  stage.say(`  making ${name}`);
  const hub = await startHub({ folder: `${stage.folder}/growth-${accounts}-${world.behind}`, apps: {} });
  const load = startLoad();
  try {
    await fill(hub.link, before(world));
    // The customers come after what is told: their tokens are only granted by events that are not.
    const position = await jetStreamLog(hub.link).lastPosition();
    await (await jetStreamCheckpoints(hub.link, projectorRole(allPartitions))).put(position);
    await fill(hub.link, crowd(world));
    const projector = await hub.start('projector');
    const gateway = await hub.start('gateway');
    const tokens = await jetStreamTokens(hub.link);
    const last = customerAt(CUSTOMERS - 1, accounts);
    const lastKey = contactTokenKey(customerToken(last.account, last.id));
    while ((await tokens.get(lastKey)) === null) await pause(LOOK_MS);
    await untilIdle([projector]);
    const identifiers = Array.from({ length: CUSTOMERS }, (_, index) => {
      const { account, id } = customerAt(index, accounts);
      return JSON.stringify({ channel: 'RoomChannel', pubsub_token: customerToken(account, id) });
    });
    const { group } = await load.ask.connect(cableGroup(gateway.port, identifiers));
    return { hub, load, group, accounts };
  } catch (error) {
    await end({ hub, load });
    throw error;
  }
};

const LOOK_MS = 100;

/** Ids of what is only there to be there, above those of the customers with a socket. */
const BEHIND = 1_000_000;

function* before({ accounts, behind, conversations }: World): Generator<Filling> {
  for (let account = 1; account <= accounts; account++) for (const said of accountMade([])) yield { ...said, account };
  const others = Math.max(0, conversations - CUSTOMERS);
  for (let index = 0; index < others; index++)
    for (const said of customerMade(1, BEHIND + index)) yield { ...said, account: 1 };
  const messages = Math.max(0, behind - others * EVENTS_OF_A_CUSTOMER);
  if (others === 0) return yield* early(messages);
  for (let index = 0; index < messages; index++)
    yield { ...messageWritten(BEHIND + index, BEHIND + (index % others)), account: 1 };
}

const EVENTS_OF_A_CUSTOMER = 3;

/** Messages of one customer more, who has no socket. */
function* early(messages: number): Generator<Filling> {
  if (messages === 0) return;
  for (const said of customerMade(1, BEHIND)) yield { ...said, account: 1 };
  for (let index = 0; index < messages; index++) yield { ...messageWritten(BEHIND + index, BEHIND), account: 1 };
}

function* crowd({ accounts }: World): Generator<Filling> {
  for (let index = 0; index < CUSTOMERS; index++) {
    const { account, id } = customerAt(index, accounts);
    for (const said of customerMade(account, id)) yield { ...said, account };
  }
}

const end = async ({ hub, load }: Pick<Played, 'hub' | 'load'>): Promise<void> => {
  await load.program.stop();
  await hub.stop();
};
