/** What was measured as a page by itself: a chart of the ratios of each scenario, and the whole table. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Machine } from './machine.ts';
import { isReached, type Reach } from './scenario.ts';
import { cellsOf, HEAD, usageCellsOf, USAGE_HEAD, type Told } from './table.ts';

/** The page as HTML; it needs nothing from anywhere. */
export const reportOf = (machine: Machine, lines: readonly Told[]): string => {
  const scenarios = [...new Set(lines.map(({ scenario }) => scenario))];
  const charts = scenarios.map((scenario) => chartOf(lines.filter((line) => line.scenario === scenario)));
  const canvases = scenarios.map(
    (name, index) =>
      `<h2>${escaped(name)}</h2><div style="height:${60 + charts[index]!.labels.length * 34}px"><canvas id="chart-${index}"></canvas></div>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cablehub: what was measured</title>
<style>${STYLE}</style>
<h1>What was measured</h1>
<p>${escaped(machine.description)}. A ratio is the hub's figure by that of the bare part, measured in turn; the grey bar is what it must reach.</p>
${canvases.join('\n')}
<h2>Everything</h2>
${table(HEAD, cellsOf(lines))}
<h2>What the processes used</h2>
${table(USAGE_HEAD, usageCellsOf(lines))}
<script>${chartLibrary()}</script>
<script>
const charts = ${JSON.stringify(charts).replaceAll('<', '\\u003c')};
for (const [index, { labels, ratios, colours, reaches }] of charts.entries())
  new Chart(document.getElementById('chart-' + index), {
    type: 'bar',
    data: {
      labels,
      datasets: [
        { label: 'measured', data: ratios, backgroundColor: colours },
        { label: 'to reach', data: reaches, backgroundColor: '#9994' },
      ],
    },
    options: {
      indexAxis: 'y', animation: false, maintainAspectRatio: false,
      plugins: { legend: { display: false } },
      scales: { x: { beginAtZero: true }, y: { ticks: { autoSkip: false } } },
    },
  });
</script>
</html>
`;
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((cells) => row(cells, 'td')).join('\n');
  return `<div class="wide"><table><thead>${row(head, 'th')}</thead><tbody>${body}</tbody></table></div>`;
};

type Chart = {
  readonly labels: readonly string[];
  readonly ratios: readonly number[];
  readonly colours: readonly string[];
  /** Null: nothing has to be reached. */
  readonly reaches: readonly (number | null)[];
};

const colours = { true: '#2a8a4a', false: '#c23b3b', null: '#4a6fa5' } as const;

const chartOf = (lines: readonly Told[]): Chart => {
  // A figure without a ratio is drawn only where it is what has to be reached.
  const drawn = lines.filter(({ ratio, reach }) => ratio !== null || reach !== null);
  return {
    labels: drawn.map(({ of, unit }) => `${of}, ${unit}`),
    ratios: drawn.map(({ ratio, hub }) => (ratio ?? hub).median),
    colours: drawn.map((line) => colours[`${isReached(line)}`]),
    reaches: drawn.map(({ reach }) => (reach === null ? null : limitOf(reach))),
  };
};

const limitOf = (reach: Reach): number => ('atLeast' in reach ? reach.atLeast : reach.atMost);

/** Chart.js as one script, laid into the page. */
const chartLibrary = (): string => {
  const entry = createRequire(import.meta.url).resolve('chart.js');
  return readFileSync(join(dirname(entry), 'chart.umd.js'), 'utf8').replaceAll('</script', '<\\/script');
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222; background: #fff; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { border-bottom: 1px solid #ddd; padding: .3rem .6rem; text-align: left; vertical-align: top; }
`;
