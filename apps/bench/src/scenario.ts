/**
 * What is measured: each scenario plays the hub and the bare part that does the same job, in turn, and gives lines.
 *
 * A line is a ratio: on a machine that others share, no absolute figure means anything, but two that were measured in turn do.
 */
import type { Summary } from './summary.ts';
import type { Usage } from './usage.ts';

export type Scenario = {
  readonly name: string;
  /** What is measured, and against what, in a sentence. */
  readonly about: string;
  /** Starts what it needs, gives each line as soon as it is measured, and stops what it started, whatever happens. */
  readonly play: (stage: Stage) => AsyncGenerator<Line>;
};

export type Stage = {
  /** Fewer pairs and smaller sizes: for seeing that everything works, not for figures. */
  readonly isQuick: boolean;
  /** How many times hub and yardstick are measured in turn. */
  readonly pairs: number;
  /** A folder for everything that is stored; removed afterwards. */
  readonly folder: string;
  /** Tells whoever waits what is going on. */
  readonly say: (text: string) => void;
};

/** How far a ratio (hub to bare part) has to go. */
export type Reach = { readonly atLeast: number } | { readonly atMost: number };

export type Line = {
  /** What was varied: `1,000 sockets, 8 events at a time`. */
  readonly of: string;
  /** What is counted: `frames/s`, `ms p50`. */
  readonly unit: string;
  readonly hub: Summary;
  /** Null: there is nothing to hold it against but itself. */
  readonly bare: Summary | null;
  /** Of each pair, or of the figure itself where `reach` is in its unit. */
  readonly ratio: Summary | null;
  /** What the ratio, or without one the hub's median, must reach; null: it is only told. */
  readonly reach: Reach | null;
  /** What every process used while it was measured, the hub's first. */
  readonly usage: readonly Usage[];
  /** What to know about the figure: that the client was the limit, for one. */
  readonly notes: readonly string[];
};

/** Whether a line reaches what it must; null: it need not reach anything. */
export const isReached = ({ reach, ratio, hub }: Pick<Line, 'reach' | 'ratio' | 'hub'>): boolean | null => {
  if (reach === null) return null;
  const { median } = ratio ?? hub;
  return 'atLeast' in reach ? median >= reach.atLeast : median <= reach.atMost;
};
