/**
 * Delivery under drops: clients are cut while numbered events flow, everybody's at the same moments, and come back as their makers
 * wrote them. What they lack once all are back is lost.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { startProgram } from '../program.ts';
import type { Line, Stage } from '../scenario.ts';
import { summaryOf } from '../summary.ts';
import { asking } from '../talk.ts';
import { usageOf } from '../usage.ts';
import { startTogether } from './beside.ts';
import { cutsOf } from './cuts.ts';
import { contactCreated, contactTold } from './contact.ts';
import type { DropTalk, Kept } from './drop-clients.ts';
import { startSocketIo, startSocketIoRecovering } from './node-peers.ts';
import type { StartPeer } from './peer.ts';

const CLIENTS = 20;
const EVERY_MS = 100;
const POLL_MS = 200;
/** Rails' client may take 18 s to come back. */
const PATIENCE_MS = 30_000;
/** What came with the last event, or was asked for when a client came back, has this long to arrive. */
const SETTLE_MS = 2_000;

export const dropLines = async (stage: Stage, present: readonly StartPeer[]): Promise<readonly Line[]> => {
  if (present.length === 0) return [];
  const starts = present.includes(startSocketIo) ? [...present, startSocketIoRecovering] : present;
  const { all, agents, stop } = await startTogether(stage, {
    starts,
    apps: ['gateway', 'projector', 'api'],
    // As many again are the hub's own with Rails' client: two of one identifier would be one client's two tabs to it.
    clients: 2 * CLIENTS,
  });
  const program = startProgram({ name: 'clients', file: 'peers/drop-clients' });
  try {
    const ask = asking<DropTalk>(program);
    const targets = [
      ...all.map(({ drops }) => drops(agents.slice(0, CLIENTS))),
      all[0].dropsOfRails(agents.slice(CLIENTS)),
    ];
    const groups = await Promise.all(targets.map((target) => ask.start(target)));
    const kept = (numbers: number): Promise<readonly Kept[]> =>
      Promise.all(groups.map((group) => ask.kept({ group, numbers })));
    const back = async (): Promise<void> => {
      const until = performance.now() + PATIENCE_MS;
      for (;;) {
        const away = (await kept(0)).flatMap(({ areServed }, index) => (areServed ? [] : [targets[index]!]));
        if (away.length === 0) return;
        if (performance.now() > until)
          throw new Error(`clients did not come back: ${away.map(({ kind, url }) => `${kind} at ${url}`).join(', ')}`);
        await pause(POLL_MS);
      }
    };
    await back();
    const plan = stage.isQuick ? { events: 80, cuts: 2 } : { events: 150, cuts: 3 };
    const cuts = cutsOf({ ...plan, clients: CLIENTS });
    for (let number = 1; number <= plan.events; number++) {
      const told = all.map(({ ways: [way] }, index) =>
        way.post(index === 0 ? contactCreated(number) : contactTold(number), CLIENTS),
      );
      for (const { client } of cuts.filter(({ after }) => after === number)) await ask.cut(client);
      await Promise.all([...told, pause(EVERY_MS)]);
    }
    await back();
    await pause(SETTLE_MS);
    const keptByAll = await kept(plan.events);
    const usage = await usageOf(all.map(({ processes }) => processes[0]));
    const [hub, withRails] = [keptByAll[0]!, keptByAll.at(-1)!];
    const line = (name: string, ours: Kept, theirs: Kept | null): Line => ({
      of: `${name}: ${CLIENTS} clients, each cut ${plan.cuts} times`,
      unit: `lost of ${(CLIENTS * plan.events).toLocaleString('en')}`,
      hub: summaryOf([ours.lacking]),
      bare: theirs === null ? null : summaryOf([theirs.lacking]),
      // Nothing to divide by when the peer loses nothing either.
      ratio: null,
      reach: { atMost: 0 },
      usage,
      notes: [...twiceIn('the hub', ours), ...(theirs === null ? [] : twiceIn('the peer', theirs))],
    });
    return [
      ...all.slice(1).map(({ name }, index) => line(name, hub, keptByAll[index + 1]!)),
      line("the hub's with Rails' client", withRails, null),
    ];
  } finally {
    await program.stop();
    await stop();
  }
};

const twiceIn = (name: string, { twice }: Kept): readonly string[] =>
  twice === 0 ? [] : [`${name} told ${twice} frames twice`];
