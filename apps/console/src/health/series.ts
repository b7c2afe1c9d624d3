/** What the hub measured of itself, point by point, and the lines that the charts draw of it (pure). */

/** One moment. Null: not known then. */
export type HealthPoint = {
  /** Unix ms. */
  readonly at: number;
  readonly gateways: number | null;
  readonly connections: number | null;
  readonly frames_per_second: number | null;
  readonly projector_lag_events: number | null;
  readonly projector_lag_seconds: number | null;
  readonly delivery_p50_ms: number | null;
  readonly delivery_p99_ms: number | null;
  /** How many since the point before, by outcome. */
  readonly resumes: Readonly<Record<string, number>> | null;
  readonly presence: number | null;
};

/** What is kept and shown. */
export const WINDOW_MS = 10 * 60_000;

/** Adds what was fetched. A point that comes again replaces the one it was; what is too old is dropped. */
export const added = (points: readonly HealthPoint[], fetched: readonly HealthPoint[]): readonly HealthPoint[] => {
  const byTime = new Map([...points, ...fetched].map((point) => [point.at, point]));
  const all = [...byTime.values()].sort((one, other) => one.at - other.at);
  const from = (all.at(-1)?.at ?? 0) - WINDOW_MS;
  return all.filter(({ at }) => at >= from);
};

/** A pause this many times the usual distance between points is a gap: nothing was measured there. */
const GAP = 3;

export type Line = { readonly label: string; readonly valueOf: (point: HealthPoint) => number | null };
export type Plotted = readonly [readonly number[], ...(readonly (number | null)[])[]];

/** Times in seconds, then the values of each line; a pause in the measurements becomes a gap and not a bridge. */
export const plotted = (points: readonly HealthPoint[], lines: readonly Line[]): Plotted => {
  const times: number[] = [];
  const values: (number | null)[][] = lines.map(() => []);
  const usual = usualStep(points);
  for (const [index, point] of points.entries()) {
    const before = points[index - 1]?.at;
    if (before !== undefined && point.at - before > usual * GAP) {
      times.push((before + usual) / 1000);
      for (const column of values) column.push(null);
    }
    times.push(point.at / 1000);
    for (const [place, { valueOf }] of lines.entries()) values[place]!.push(valueOf(point));
  }
  return [times, ...values];
};

const usualStep = (points: readonly HealthPoint[]): number => {
  const steps = points.slice(1).map(({ at }, index) => at - points[index]!.at);
  return steps.toSorted((one, other) => one - other)[Math.floor(steps.length / 2)] ?? 0;
};

/** Every outcome of a resume that is in the points, by name. */
export const resumeOutcomes = (points: readonly HealthPoint[]): readonly string[] => {
  const names = new Set(points.flatMap(({ resumes }) => Object.keys(resumes ?? {})));
  return [...names].sort();
};
