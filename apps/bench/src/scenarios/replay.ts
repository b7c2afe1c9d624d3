/**
 * Replay: the log folded into views anew by `hub replay`, start of the command and comparison left out.
 *
 * The yardstick reads the same log, parses each body and writes the same rows, each once a transaction, into the same tables. What counts
 * is one whose transactions are as large as what the hub folds at a time; beside it stands one whose transactions are as large as
 * the hub's, and which therefore writes each row and each page an eighth as often.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BareFoldTalk } from '../bare/fold.ts';
import { startHub, type Hub } from '../hub.ts';
import { jobOf } from '../mix/job.ts';
import { fillLog } from '../mix/mix.ts';
import { severalInPairs } from '../pairs.ts';
import { startProgram } from '../program.ts';
import type { Line, Reach, Scenario } from '../scenario.ts';
import { summaryOf } from '../summary.ts';
import { asking } from '../talk.ts';
import { samplesOf, type Sample, type Usage } from '../usage.ts';

/** Events that the hub folds at a time, and in one transaction. */
const [BATCH, TRANSACTION] = [1_000, 8_000];

export const replay: Scenario = {
  name: 'replay',
  about: 'Events of the demo’s mix folded by `hub replay`; bare: the log read, parsed and written as the same rows.',
  play: async function* (stage) {
    const events = stage.isQuick ? 30_000 : 500_000;
    const folder = `${stage.folder}/replay`;
    const hub = await startHub({ folder, apps: {} });
    const job = join(folder, 'job.json');
    writeFileSync(job, JSON.stringify(jobOf(join(folder, 'job'))));
    const bare = startProgram({ name: 'bare', file: 'bare/fold', args: [hub.nats.url, job] });
    const { fold } = asking<BareFoldTalk>(bare);
    try {
      stage.say(`  appending ${events.toLocaleString('en')} events`);
      await fillLog(hub.link, events);
      const replayed: Replayed[] = [];
      const file = join(folder, 'bare.sqlite');
      const barePerSecond = async (batch: number): Promise<number> => {
        const { seconds } = await fold({ file, events, batch, isTold: false, before: 0 });
        return events / seconds;
      };
      const lines = await severalInPairs(stage, {
        of: `${events.toLocaleString('en')} events`,
        measures: [
          { unit: 'events/s', reach: { atLeast: 0.7 } },
          { unit: 'events/s, bare in transactions like the hub’s', reach: null },
        ],
        hub: {
          processes: [],
          run: async () => {
            const one = await replayOnce(hub, join(folder, `replayed-${replayed.length}.sqlite`));
            replayed.push(one);
            return [one.perSecond, one.perSecond];
          },
        },
        bare: {
          processes: [bare, hub.natsWatched],
          run: async () => [await barePerSecond(BATCH), await barePerSecond(TRANSACTION)],
        },
      });
      for (const line of lines) yield { ...line, usage: [replayed.at(-1)!.usage, ...line.usage] };
      yield memoryLine(events, replayed.slice(1), stage.isQuick ? null : { atMost: 1.25 });
    } finally {
      await bare.stop();
      await hub.stop();
    }
  },
};

type Replayed = { readonly perSecond: number; readonly usage: Usage; readonly samples: readonly Sample[] };

const replayOnce = async (hub: Hub, out: string): Promise<Replayed> => {
  const command = startProgram({
    name: 'hub replay',
    file: fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url)),
    args: ['replay', '--out', out],
    environment: { NATS_URL: hub.nats.url },
  });
  const looking = samplesOf(command);
  const [code] = (await once(command.child, 'exit')) as [number | null];
  // The last ones are of a process that has given its memory back.
  const samples = looking.stop().filter(({ memoryBytes }) => memoryBytes > 0);
  const [, perSecond] = /\((\d+) a second\)/.exec(command.lastWords()) ?? [];
  if (code !== 0 || perSecond === undefined) throw new Error(`hub replay ended with ${code}\n${command.lastWords()}`);
  const { cpuSeconds } = samples.at(-1)!;
  const memoryBytes = Math.max(...samples.map((sample) => sample.memoryBytes));
  return { perSecond: Number(perSecond), usage: { name: command.name, cpuSeconds, memoryBytes }, samples };
};

/** The most memory of the last fifth of the time, against that of the second: the first is the start, and a short run is no more than that. */
const memoryLine = (events: number, replayed: readonly Replayed[], reach: Reach | null): Line => {
  const figures = replayed.map(({ samples }) => {
    const fifth = Math.max(1, Math.floor(samples.length / 5));
    const most = (part: readonly Sample[]): number => Math.max(...part.map(({ memoryBytes }) => memoryBytes));
    return { early: most(samples.slice(fifth, 2 * fifth)), late: most(samples.slice(-fifth)) };
  });
  return {
    of: `${events.toLocaleString('en')} events, at the end and at the beginning`,
    unit: 'MB resident',
    hub: summaryOf(figures.map(({ late }) => late / 2 ** 20)),
    bare: summaryOf(figures.map(({ early }) => early / 2 ** 20)),
    ratio: summaryOf(figures.map(({ early, late }) => late / early)),
    reach,
    usage: [],
    notes: ['bare: the same process, early'],
  };
};
