/** Hub and yardstick in turn (A B A B …), so that whatever else the machine does meets both. */
import type { Line, Reach, Stage } from './scenario.ts';
import { summaryOf } from './summary.ts';
import { usageDuring, type Usage, type Watched } from './usage.ts';

/** One of the two that are compared. */
export type Contender = {
  /** Those whose usage is told. */
  readonly processes: readonly Watched[];
  /** Does the job once; gives the figure. */
  readonly run: () => Promise<number>;
};

export type Pair = {
  readonly of: string;
  readonly unit: string;
  readonly hub: Contender;
  readonly bare: Contender;
  readonly reach: Reach | null;
  /** The process that would be the limit of both; when it is, the line says so. */
  readonly client?: Watched;
};

/** A process that is busy for more of the time than this limits what is measured. */
const BUSY = 0.9;

/** Warms both up, measures both in turn, and gives the line. */
export const inPairs = async ({ pairs, say }: Pick<Stage, 'pairs' | 'say'>, pair: Pair): Promise<Line> => {
  const { hub, bare, client } = pair;
  const figures: { readonly hub: Turn; readonly bare: Turn }[] = [];
  await hub.run();
  await bare.run();
  for (let turn = 0; turn < pairs; turn++) {
    // Who comes first changes, so that neither always finds what the other left.
    const first = turn % 2 === 0 ? hub : bare;
    const one = await measured(first, client);
    const other = await measured(first === hub ? bare : hub, client);
    figures.push(first === hub ? { hub: one, bare: other } : { hub: other, bare: one });
  }
  const ratio = summaryOf(figures.map(({ hub: ours, bare: theirs }) => ours.figure / theirs.figure));
  const notes = figures.some((each) => each.hub.clientBusy > BUSY || each.bare.clientBusy > BUSY)
    ? ['the client was the limit']
    : [];
  say(`  ${pair.of}: ${ratio.median.toFixed(2)}`);
  return {
    of: pair.of,
    unit: pair.unit,
    hub: summaryOf(figures.map(({ hub: { figure } }) => figure)),
    bare: summaryOf(figures.map(({ bare: { figure } }) => figure)),
    ratio,
    reach: pair.reach,
    usage: [...figures.at(-1)!.hub.usage, ...figures.at(-1)!.bare.usage],
    notes,
  };
};

type Turn = { readonly figure: number; readonly usage: readonly Usage[]; readonly clientBusy: number };

const measured = async ({ processes, run }: Contender, client: Watched | undefined): Promise<Turn> => {
  const watched = client === undefined ? processes : [...processes, client];
  const { result, seconds, usage } = await usageDuring(watched, run);
  const clientBusy = client === undefined ? 0 : usage.at(-1)!.cpuSeconds / seconds;
  return { figure: result, usage, clientBusy };
};
