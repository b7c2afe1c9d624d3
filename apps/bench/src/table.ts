/** What was measured as a table for people. */
import Table from 'cli-table3';
import { isReached, type Line, type Reach } from './scenario.ts';
import type { Summary } from './summary.ts';

/** A line and the scenario it is of. */
export type Told = Line & { readonly scenario: string };

export const HEAD = ['scenario', 'of', 'unit', 'hub', 'bare', 'ratio', 'range', 'reach', ''] as const;

/** The cells of every line, for whatever draws them. */
export const cellsOf = (lines: readonly Told[]): readonly (readonly string[])[] =>
  lines.map((line) => [
    line.scenario,
    line.of,
    line.unit,
    figure(line.hub.median),
    line.bare === null ? '–' : figure(line.bare.median),
    line.ratio === null ? '–' : line.ratio.median.toFixed(2),
    rangeOf(line.ratio ?? line.hub),
    reachOf(line.reach),
    [verdict(line), ...line.notes].filter(Boolean).join('; '),
  ]);

export const tableOf = (lines: readonly Told[]): string =>
  tabled({ head: HEAD, colWidths: [null, 32, 14, null, null, null, null, null, 34] }, cellsOf(lines));

export const USAGE_HEAD = ['scenario', 'of', 'process', 'CPU s', 'MB'] as const;

/** What the processes used in the last of the turns, each measurement once. */
export const usageCellsOf = (lines: readonly Told[]): readonly (readonly string[])[] => {
  const measured = new Map(lines.map(({ scenario, of, usage }) => [`${scenario} ${of}`, { scenario, of, usage }]));
  return [...measured.values()].flatMap(({ scenario, of, usage }) =>
    usage.map(({ name, cpuSeconds, memoryBytes }) => [
      scenario,
      of,
      name,
      cpuSeconds.toFixed(2),
      String(Math.round(memoryBytes / 2 ** 20)),
    ]),
  );
};

export const usageTableOf = (lines: readonly Told[]): string =>
  tabled({ head: USAGE_HEAD, colWidths: [null, 48, null, null, null] }, usageCellsOf(lines));

type Shape = { readonly head: readonly string[]; readonly colWidths: readonly (number | null)[] };

const tabled = ({ head, colWidths }: Shape, rows: readonly (readonly string[])[]): string => {
  const style = { head: [], border: [], compact: true };
  const table = new Table({ head: [...head], colWidths: [...colWidths], style, wordWrap: true });
  for (const cells of rows) table.push([...cells]);
  return table.toString();
};

/** The same as a table of Markdown. */
export const markdownOf = (lines: readonly Told[]): string =>
  [HEAD, HEAD.map(() => '---'), ...cellsOf(lines)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** A figure in three digits or so. */
export const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

const rangeOf = ({ min, max }: Summary): string => `${figure(min)} … ${figure(max)}`;

const reachOf = (reach: Reach | null): string =>
  reach === null ? '' : 'atLeast' in reach ? `≥ ${reach.atLeast}` : `≤ ${reach.atMost}`;

const verdict = (line: Line): string => ({ true: 'reached', false: 'not reached', null: '' })[`${isReached(line)}`];
