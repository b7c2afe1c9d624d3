/**
 * Latency: from the HTTP request that says an event to the frame on the last socket that it is for.
 *
 * The loop is open: requests have a time at which they are due, and latency counts from then. A thousand events a second for a
 * thousand sockets each would be a million frames, which nobody can write, so the sockets are spread over accounts: the more events
 * there are, the fewer sockets each is for. The yardstick's are spread alike.
 */
import { agentTokenKey, jetStreamTokens, subjects } from '@cablehub/log';
import type { AccountId } from '@cablehub/events';
import { build, type Histogram } from 'hdr-histogram-js';
import { setTimeout as pause } from 'node:timers/promises';
import { agentsOf, type Agent } from '../agents.ts';
import type { BareRoomsTalk } from '../bare/rooms.ts';
import { API_TOKEN, startHub, type Hub } from '../hub.ts';
import { bareGroup, cableGroup, startLoad, type Load } from '../load/load.ts';
import type { Paced, PacerTalk } from '../load/pacer.ts';
import { severalInPairs } from '../pairs.ts';
import { startProgram, type Program } from '../program.ts';
import type { Line, Scenario, Stage } from '../scenario.ts';
import { accountMade, customerMade, messageWritten, type Said } from '../story.ts';
import { asking } from '../talk.ts';

const SOCKETS = 1_000;
type Spread = { readonly perSecond: number; readonly accounts: number };
const spreads: readonly Spread[] = [
  { perSecond: 50, accounts: 1 },
  { perSecond: 200, accounts: 4 },
  { perSecond: 1_000, accounts: 20 },
];
const measures = [
  { unit: 'ms p50', percentile: 50, reach: { atMost: 2 } },
  { unit: 'ms p99', percentile: 99, reach: { atMost: 3 } },
  { unit: 'ms p99.9', percentile: 99.9, reach: null },
] as const;

export const latency: Scenario = {
  name: 'latency',
  about:
    'From the HTTP request to the frame on the last socket, 1,000 sockets in all: each event is for 1,000 of them at 50 events/s, for ' +
    '250 at 200, for 50 at 1,000. Bare: NATS to uWebSockets.js.',
  play: async function* (stage) {
    const hub = await startHub({
      folder: `${stage.folder}/latency`,
      apps: { projector: 1, gateway: 1, api: 1 },
    });
    const load = startLoad();
    const pacer = startProgram({ name: 'producer', file: 'load/pacer' });
    try {
      const crowds = await crowded(hub);
      const bytes = await frameBytes(hub, crowds[0]!.accounts[0]!.account);
      const bare = startProgram({ name: 'bare', file: 'bare/rooms', args: [hub.nats.url, String(bytes)] });
      try {
        for (const crowd of crowds) yield* await playSpread(stage, { hub, load, pacer, bare, bytes }, crowd);
      } finally {
        await bare.stop();
      }
    } finally {
      await Promise.all([load.program.stop(), pacer.stop()]);
      await hub.stop();
    }
  },
};

type Crowd = Pick<Spread, 'perSecond'> & {
  readonly accounts: readonly { readonly account: number; readonly agents: readonly Agent[] }[];
};

/** Makes the accounts of each spread through the api, and waits until their agents may come. */
const crowded = async (hub: Hub): Promise<readonly Crowd[]> => {
  let made = 0;
  const crowds = spreads.map(({ perSecond, accounts }) => ({
    perSecond,
    accounts: Array.from({ length: accounts }, () => {
      const account = ++made;
      return { account, agents: agentsOf(account, SOCKETS / accounts) };
    }),
  }));
  const all = crowds.flatMap(({ accounts }) => accounts);
  for (const { account, agents } of all) await say(hub, account, [...accountMade(agents), ...customerMade(account, 1)]);
  const { account, agents } = all.at(-1)!;
  const tokens = await jetStreamTokens(hub.link);
  while ((await tokens.get(agentTokenKey(agents.at(-1)!.token, account as AccountId))) === null) await pause(20);
  return crowds;
};

/** The most that one request may hold. */
const TOGETHER = 1_000;

const say = async (hub: Hub, account: number, events: readonly Said[]): Promise<void> => {
  for (let from = 0; from < events.length; from += TOGETHER) {
    const response = await fetch(`${hub.apiUrl()}/v1/accounts/${account}/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${API_TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(events.slice(from, from + TOGETHER)),
    });
    if (!response.ok) throw new Error(`events were answered ${response.status}: ${await response.text()}`);
  }
};

/** How long the payload of a message is, as it goes to agents. */
const frameBytes = async (hub: Hub, account: number): Promise<number> => {
  const heard = hub.link.connection.subscribe(subjects.cable(account as AccountId, 'agents'));
  await hub.link.connection.flush();
  await say(hub, account, [messageWritten(1, 1)]);
  for await (const { data } of heard) {
    // What tells of the account's making may still be on its way.
    if (Buffer.from(data).includes('"message.created"')) return data.length;
  }
  throw new Error('the connection to NATS was closed');
};

type Players = {
  readonly hub: Hub;
  readonly load: Load;
  readonly pacer: Program;
  readonly bare: Program;
  readonly bytes: number;
};

/** A yardstick that is so late waits for the machine. */
const SATURATED_MS = 50;
const SATURATED = 'the yardstick was late itself: the machine had no room for this pace';

/** Message ids go on from one run to the next: the log takes each once. */
let nextId = 2;

const playSpread = async (
  stage: Stage,
  { hub, load, pacer, bare, bytes }: Players,
  { perSecond, accounts }: Crowd,
): Promise<readonly Line[]> => {
  const [gateway, api, projector] = [hub.apps('gateway')[0]!, hub.apps('api')[0]!, hub.apps('projector')[0]!];
  const barePort = await asking<BareRoomsTalk>(bare).port(undefined);
  const ask = asking<PacerTalk>(pacer);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (const { account, agents } of accounts) {
    const identifiers = agents.map(({ identifier }) => identifier);
    ours.push((await load.ask.connect(cableGroup(gateway.port, identifiers))).group);
    theirs.push((await load.ask.connect({ ...bareGroup(barePort, identifiers), path: `/${account}` })).group);
  }
  const seconds = stage.isQuick ? 1.5 : 10;
  const pace = { perSecond, count: perSecond * seconds };
  const ids = accounts.map(({ account }) => account);
  const body = JSON.stringify(messageWritten('%', 1)).replace('"%"', '%');

  const measured = async (groups: readonly number[], begin: () => Promise<Paced>): Promise<readonly number[]> => {
    for (const group of groups) await load.ask.forget(group);
    const { dueAt } = await begin();
    const each = pace.count / groups.length;
    const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
    for (const [index, group] of groups.entries()) {
      await load.ask.everybodyHas({ group, frames: each });
      const { lastAt } = await load.ask.arrivals(group);
      // One account's events are 20 ms apart, so they come in the order in which they were due.
      for (let event = 0; event < each; event++)
        record(histogram, lastAt[event]! - dueAt[event * groups.length + index]!);
    }
    return measures.map(({ percentile }) => histogram.getValueAtPercentile(percentile) / 1_000);
  };

  const lines = await severalInPairs(stage, {
    of: `${perSecond.toLocaleString('en')} events/s, each for ${SOCKETS / accounts.length} sockets`,
    measures,
    hub: {
      processes: [gateway, projector, api, hub.natsWatched],
      run: () =>
        measured(ours, () => {
          const firstId = nextId;
          nextId += pace.count;
          return ask.post({ ...pace, port: api.port, token: API_TOKEN, accounts: ids, body, firstId });
        }),
    },
    bare: {
      processes: [bare],
      run: () =>
        measured(theirs, () =>
          ask.publish({ ...pace, natsUrl: hub.nats.url, subjects: ids.map((account) => `rooms.${account}`), bytes }),
        ),
    },
    client: load.program,
  });
  for (const group of [...ours, ...theirs]) await load.ask.cut(group);
  const isSaturated = (lines[0]?.bare?.median ?? 0) > SATURATED_MS;
  return lines.map((line) => ({ ...line, notes: isSaturated ? [...line.notes, SATURATED] : line.notes }));
};

const record = (histogram: Histogram, ms: number): void => histogram.recordValue(Math.max(1, Math.round(ms * 1_000)));
