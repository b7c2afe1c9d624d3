/**
 * Projection: a projector that catches up with a log that is full already, from its first batch to its last.
 *
 * Before each turn the deliveries, tokens and checkpoints are made anew and the projector begins with an empty folder, so every
 * turn does the same: all rows are written, and all deliveries stored, for the first time. How far it is, the checkpoints
 * tell that it puts once the deliveries of a batch are acknowledged.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureStorage } from '@cablehub/log';
import type { BareFoldTalk } from '../bare/fold.ts';
import { startHub, type Hub } from '../hub.ts';
import { jobOf, type Job } from '../mix/job.ts';
import { fillLog, storyShape } from '../mix/mix.ts';
import { orderOf } from '../mix/order.ts';
import { inPairs } from '../pairs.ts';
import { startProgram } from '../program.ts';
import type { Scenario } from '../scenario.ts';
import { asking } from '../talk.ts';
import { usageOf, type Usage } from '../usage.ts';

/** The most events that the projector takes at once. */
const BATCH = 500;
/** As many it commits together while entries are there; how far it is, is heard behind them for the first time. */
const BEFORE = 8;

export const projection: Scenario = {
  name: 'projection',
  about:
    'Events of the demo’s mix from the log to committed views and acknowledged deliveries; bare: read, parsed, as many rows written and as much published.',
  play: async function* (stage) {
    const events = stage.isQuick ? 15_000 : 100_000;
    const folder = `${stage.folder}/projection`;
    const hub = await startHub({ folder, apps: {} });
    const file = join(folder, 'job.json');
    const job = jobOf(join(folder, 'job'));
    writeFileSync(file, JSON.stringify(job));
    const bare = startProgram({ name: 'bare', file: 'bare/fold', args: [hub.nats.url, file] });
    const { fold } = asking<BareFoldTalk>(bare);
    try {
      stage.say(`  appending ${events.toLocaleString('en')} events`);
      await fillLog(hub.link, events);
      let used: readonly Usage[] = [];
      const line = await inPairs(stage, {
        of: `${events.toLocaleString('en')} events`,
        unit: 'events/s',
        hub: {
          processes: [],
          run: async () => {
            const { perSecond, usage } = await catchUpOnce(hub, events);
            await mustHaveStored(hub, deliveriesOf(job, events));
            used = usage;
            return perSecond;
          },
        },
        bare: {
          processes: [bare, hub.natsWatched],
          run: async () => {
            const options = { file: join(folder, 'bare.sqlite'), events, batch: BATCH, isTold: true, before: BEFORE };
            const { secondsOfRest } = await fold(options);
            return (events - BEFORE * BATCH) / secondsOfRest;
          },
        },
        reach: { atLeast: 0.6 },
      });
      yield { ...line, usage: [...used, ...line.usage] };
    } finally {
      await bare.stop();
      await hub.stop();
    }
  },
};

const deliveriesOf = ({ events }: Job, count: number): number => {
  let sum = 0;
  for (const { step } of orderOf(count, storyShape)) sum += events[step]!.deliveries.length;
  return sum;
};

/** Deleted rather than emptied: what was stored would still be recognised as a repetition. */
const MADE_ANEW = ['DELIVERIES', 'KV_tokens', 'KV_checkpoints', 'KV_leases'];

const catchUpOnce = async (hub: Hub, events: number): Promise<{ perSecond: number; usage: readonly Usage[] }> => {
  const manager = await hub.link.connection.jetstreamManager();
  for (const name of MADE_ANEW) await manager.streams.delete(name);
  await ensureStorage(hub.link);
  const puts: { readonly position: number; readonly atMs: number }[] = [];
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const checkpoints = hub.link.connection.subscribe('$KV.checkpoints.>', {
    callback: (_error, message) => {
      const position = Number(Buffer.from(message.data).toString());
      puts.push({ position, atMs: performance.now() });
      if (position >= events) finish();
    },
  });
  try {
    const projector = await hub.start('projector');
    const ended = new Promise<never>((_, reject) =>
      projector.child.once('exit', () => reject(new Error(`the projector ended\n${projector.lastWords()}`))),
    );
    await Promise.race([finished, ended]);
    // Its start is in it.
    const usage = await usageOf([projector]);
    await projector.stop();
    const [first, last] = [puts.find(({ position }) => position > 0)!, puts.at(-1)!];
    return { perSecond: (last.position - first.position) / ((last.atMs - first.atMs) / 1_000), usage };
  } finally {
    checkpoints.unsubscribe();
  }
};

/** A projector that tells less than it must would be fast. */
const mustHaveStored = async (hub: Hub, deliveries: number): Promise<void> => {
  const manager = await hub.link.connection.jetstreamManager();
  const { state } = await manager.streams.info('DELIVERIES');
  if (state.messages !== deliveries)
    throw new Error(`the projector stored ${state.messages} deliveries; the mix has ${deliveries}`);
};
