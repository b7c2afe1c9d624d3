/** Hub and yardstick in turn (A B A B …), so that whatever else the machine does meets both. */
import type { Line, Reach, Stage } from './scenario.ts';
import { summaryOf } from './summary.ts';
import { usageDuring, type Usage, type Watched } from './usage.ts';

/** One of the two that are compared. */
export type Contender<Figures = number> = {
  /** Those whose usage is told. */
  readonly processes: readonly Watched[];
  /** The process that would be its limit; when it is, the line says so. */
  readonly client?: Watched;
  /** Does the job once; gives the figure, or all of them. */
  readonly run: () => Promise<Figures>;
};

type Compared<Figures> = {
  readonly of: string;
  readonly hub: Contender<Figures>;
  readonly bare: Contender<Figures>;
  /** The client of both, where they do not have one each. */
  readonly client?: Watched;
  /** What to know about the figures, whatever they are. */
  readonly notes?: readonly string[];
};

/** What a figure is in, and how far its ratio has to go. */
export type Measure = { readonly unit: string; readonly reach: Reach | null };

export type Pair = Compared<number> & Measure;

/** One job that gives several figures: a line each, in the order of the measures. */
export type PairOfSeveral = Compared<readonly number[]> & { readonly measures: readonly Measure[] };

/** A process that is busy for more of the time than this limits what is measured. */
const BUSY = 0.9;

/** Warms both up, measures both in turn, and gives the line. */
export const inPairs = async (stage: Pick<Stage, 'pairs' | 'say'>, pair: Pair): Promise<Line> => {
  const alone = ({ run, ...contender }: Contender): Contender<readonly number[]> => ({
    ...contender,
    run: async () => [await run()],
  });
  const { unit, reach, hub, bare, ...rest } = pair;
  const [line] = await severalInPairs(stage, {
    ...rest,
    hub: alone(hub),
    bare: alone(bare),
    measures: [{ unit, reach }],
  });
  return line!;
};

/** The same for a job that gives several figures. */
export const severalInPairs = async (
  { pairs, say }: Pick<Stage, 'pairs' | 'say'>,
  pair: PairOfSeveral,
): Promise<readonly Line[]> => {
  const { hub, bare, client, measures } = pair;
  const turns: { readonly hub: Turn; readonly bare: Turn }[] = [];
  await hub.run();
  await bare.run();
  for (let turn = 0; turn < pairs; turn++) {
    // Who comes first changes, so that neither always finds what the other left.
    const first = turn % 2 === 0 ? hub : bare;
    const one = await measured(first, client);
    const other = await measured(first === hub ? bare : hub, client);
    turns.push(first === hub ? { hub: one, bare: other } : { hub: other, bare: one });
  }
  const isClientBusy = turns.some((each) => each.hub.clientBusy > BUSY || each.bare.clientBusy > BUSY);
  const notes = [...(pair.notes ?? []), ...(isClientBusy ? ['the client was the limit'] : [])];
  const usage = [...turns.at(-1)!.hub.usage, ...turns.at(-1)!.bare.usage];
  return measures.map(({ unit, reach }, index) => {
    const ours = turns.map(({ hub: { figures } }) => figures[index]!);
    const theirs = turns.map(({ bare: { figures } }) => figures[index]!);
    const ratio = summaryOf(ours.map((figure, turn) => figure / theirs[turn]!));
    say(`  ${pair.of}, ${unit}: ${ratio.median.toFixed(2)}`);
    return { of: pair.of, unit, hub: summaryOf(ours), bare: summaryOf(theirs), ratio, reach, usage, notes };
  });
};

type Turn = { readonly figures: readonly number[]; readonly usage: readonly Usage[]; readonly clientBusy: number };

const measured = async (
  { processes, run, client }: Contender<readonly number[]>,
  clientOfBoth: Watched | undefined,
): Promise<Turn> => {
  const watchedClient = client ?? clientOfBoth;
  const watched = watchedClient === undefined ? processes : [...processes, watchedClient];
  const { result, seconds, usage } = await usageDuring(watched, run);
  const clientBusy = watchedClient === undefined ? 0 : usage.at(-1)!.cpuSeconds / seconds;
  return { figures: result, usage, clientBusy };
};
