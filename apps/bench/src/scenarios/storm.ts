/**
 * Storm: all clients of a gateway are cut at once, miss 20 frames, and all come back at once.
 *
 * Those of the extended protocol subscribe with their places and are told what they missed; those of the base protocol cannot ask,
 * and are told by what the hub remembers of them.
 */
import type { AccountId, Position } from '@cablehub/events';
import { everyone, jetStreamDeliveries, type Deliveries } from '@cablehub/log';
import { admit, agentsOf, type Agent } from '../agents.ts';
import { startHub, type Hub } from '../hub.ts';
import { cableGroup, startLoad, type Load } from '../load/load.ts';
import { loopDelayOf } from '../measures.ts';
import { payloadOf } from '../payload.ts';
import type { Line, Scenario, Stage } from '../scenario.ts';
import { summaryOf } from '../summary.ts';
import { usageDuring } from '../usage.ts';

const BYTES = 2_500;
const MISSED = 20;
/** A server that has thousands at its door lets some go; clients come again. */
const TRIES = 50;
const EXTENDED = 'actioncable-v1-ext-json';

export const storm: Scenario = {
  name: 'storm',
  about: `All clients are cut at once, miss ${MISSED} frames of 2.5 KB, come back at once and are told them.`,
  play: async function* (stage) {
    // A process may have 20,000 files open, and some of those that were cut are still there when all are back.
    const clients = stage.isQuick ? 2_000 : 9_500;
    yield* await playStorm(stage, { clients, accounts: 1, comeBack: byPlaces });
    yield* await playStorm(stage, { clients, accounts: clients / 10, comeBack: byPlaces });
    yield* await playStorm(stage, { clients, accounts: 1, comeBack: byMemory });
  },
};

type Storm = { readonly clients: number; readonly accounts: number; readonly comeBack: ComeBack };

/** How clients connect, and what they say when they come back. */
type ComeBack = {
  readonly protocol: string;
  /** Whether the same clients can do it again: of those the hub remembers, it remembers more each time. */
  readonly again: boolean;
  readonly connect: (stage: OnStage, agents: readonly Agent[]) => Promise<number>;
  /** Cuts a group, lets it miss something, and gives the group in which it is back and has everything. */
  readonly storm: (stage: OnStage, crowd: Crowd) => Promise<Weathered>;
};

type Crowd = { readonly agents: readonly Agent[]; readonly group: number };

type Weathered = { readonly group: number; readonly seconds: number };

type OnStage = {
  readonly hub: Hub;
  readonly load: Load;
  readonly port: number;
  readonly deliveries: Deliveries;
  /** Tells every account so many frames. */
  readonly tell: (frames: number) => Promise<void>;
};

const playStorm = async (stage: Stage, { clients, accounts, comeBack }: Storm): Promise<readonly Line[]> => {
  const hub = await startHub({
    folder: `${stage.folder}/storm-${comeBack.protocol}-${accounts}`,
    apps: { gateway: 1 },
  });
  const load = startLoad();
  try {
    const gateway = hub.apps('gateway')[0]!;
    const deliveries = jetStreamDeliveries(hub.link);
    const on = { hub, load, port: gateway.port, deliveries, tell: teller(deliveries, accounts) };
    const crowd = (round: number): readonly Agent[] =>
      Array.from({ length: accounts }, (_, index) => {
        const size = clients / accounts;
        return agentsOf(index + 1, size, comeBack.again ? 0 : round * size);
      }).flat();

    const figures: { readonly seconds: number; readonly p99: number; readonly most: number }[] = [];
    const gathered = async (round: number): Promise<Crowd> => {
      const agents = crowd(round);
      await admit(hub.link, agents);
      return { agents, group: await comeBack.connect(on, agents) };
    };
    let here = await gathered(0);
    let used: Line['usage'] = [];
    let isClientBusy = false;
    for (let round = 0; round <= stage.pairs; round++) {
      await loopDelayOf(gateway.port);
      const { result, seconds, usage } = await usageDuring([gateway, hub.natsWatched, load.program], () =>
        comeBack.storm(on, here),
      );
      const delay = await loopDelayOf(gateway.port);
      used = usage;
      isClientBusy ||= usage[2]!.cpuSeconds / seconds > CLIENT_BUSY;
      // The first is the warm-up.
      if (round > 0) figures.push({ seconds: result.seconds, ...delay });
      here = { ...here, group: result.group };
      if (comeBack.again || round === stage.pairs) continue;
      await load.ask.cut(result.group);
      here = await gathered(round + 1);
    }
    const of = `${clients.toLocaleString('en')} ${comeBack.again ? 'extended' : 'base'} clients, ${
      accounts === 1 ? 'one account' : `${accounts.toLocaleString('en')} accounts`
    }`;
    const line = (unit: string, values: readonly number[], atMost: number | null): Line => {
      const summary = summaryOf(values);
      stage.say(`  ${of}: ${summary.median.toFixed(1)} ${unit}`);
      const notes = isClientBusy ? ['the client was the limit'] : [];
      const reach = atMost === null ? null : { atMost };
      return { of, unit, hub: summary, bare: null, ratio: null, reach, usage: used, notes };
    };
    return [
      line(
        's until all have everything',
        figures.map(({ seconds }) => seconds),
        10,
      ),
      line(
        'ms event-loop delay p99',
        figures.map(({ p99 }) => p99),
        100,
      ),
      line(
        'ms event-loop delay at most',
        figures.map(({ most }) => most),
        null,
      ),
    ];
  } finally {
    await load.program.stop();
    await hub.stop();
  }
};

const CLIENT_BUSY = 0.9;

/** Accounts that are told at one time. */
const TOLD_AT_ONCE = 50;

const teller = (deliveries: Deliveries, accounts: number): OnStage['tell'] => {
  const payload = payloadOf(BYTES);
  let position = 0;
  return async (frames) => {
    const told = Array.from({ length: accounts }, (_, index) => index + 1).values();
    const work = async (): Promise<void> => {
      for (const account of told)
        await deliveries.publish(
          Array.from({ length: frames }, () => ({
            kind: 'frame' as const,
            accountId: account as AccountId,
            lane: 'agents' as const,
            position: ++position as Position,
            audience: everyone,
            payload,
          })),
        );
    };
    await Promise.all(Array.from({ length: TOLD_AT_ONCE }, work));
  };
};

/**
 * Waits until everybody has what was missed; a client that comes back before its gateway has heard it gets some of it live.
 * Faults: an error when somebody was told more than that.
 */
const everything = async (load: Load, group: number, startedAt: number): Promise<Weathered> => {
  await load.ask.everybodyHas({ group, frames: MISSED });
  const seconds = (performance.now() - startedAt) / 1_000;
  const { most } = await load.ask.counts(group);
  if (most > MISSED) throw new Error(`a client that missed ${MISSED} frames was told ${most}`);
  return { group, seconds };
};

const byPlaces: ComeBack = {
  protocol: 'extended',
  again: true,
  connect: async ({ load, port, tell }, agents) => {
    const identifiers = agents.map(({ identifier }) => identifier);
    const { group } = await load.ask.connect({
      ...cableGroup(port, identifiers),
      subprotocol: EXTENDED,
      keepsStarts: true,
    });
    await tell(1);
    await load.ask.everybodyHas({ group, frames: 1 });
    return group;
  },
  storm: async ({ load, port, tell, deliveries }, { agents, group: cut }) => {
    const starts = await load.ask.starts(cut);
    const { epoch, offset } = await deliveries.tail();
    const hellos = agents.map(({ identifier }, index) => {
      const streamId = /"stream_id":"([^"]+)"/.exec(starts[index]!)?.[1] ?? '';
      const since = Math.floor(Date.now() / 1_000);
      const history = { since, streams: { [streamId]: { epoch, offset } } };
      return JSON.stringify({ command: 'subscribe', identifier, history });
    });
    await load.ask.cut(cut);
    await tell(MISSED);
    const startedAt = performance.now();
    const { group } = await load.ask.connect({
      ...cableGroup(port, [], hellos.length),
      subprotocol: EXTENDED,
      confirmation: 'confirm_history',
      tries: TRIES,
      hellos,
      keepsStarts: true,
    });
    return everything(load, group, startedAt);
  },
};

const byMemory: ComeBack = {
  protocol: 'base',
  again: false,
  connect: async ({ load, port }, agents) => {
    const identifiers = agents.map(({ identifier }) => identifier);
    return (await load.ask.connect(cableGroup(port, identifiers))).group;
  },
  storm: async ({ load, port, tell }, { agents, group: cut }) => {
    const identifiers = agents.map(({ identifier }) => identifier);
    await load.ask.cut(cut);
    await tell(MISSED);
    const startedAt = performance.now();
    const { group } = await load.ask.connect({ ...cableGroup(port, identifiers, identifiers.length), tries: TRIES });
    return everything(load, group, startedAt);
  },
};
