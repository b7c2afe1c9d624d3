import { describe, expect, it } from 'vitest';
import { reportOf } from './report.ts';
import { cellsOf, markdownOf, tableOf, usageCellsOf, type Told } from './table.ts';

const summary = (median: number) => ({ median, min: median / 2, max: median * 2, runs: 3 });
const line: Told = {
  scenario: 'fan-out',
  of: '1,000 sockets <all>',
  unit: 'frames/s',
  hub: summary(123_456),
  bare: summary(100_000),
  ratio: summary(1.2346),
  reach: { atLeast: 0.85 },
  usage: [{ name: 'gateway', cpuSeconds: 1.234, memoryBytes: 100 * 2 ** 20 }],
  notes: ['the client was the limit'],
};
const figureAlone: Told = {
  ...line,
  of: 'idle',
  unit: 'KB',
  hub: summary(3),
  bare: null,
  ratio: null,
  reach: { atMost: 2.5 },
};

describe('the table', () => {
  it('tells figures, ratio, range, and whether it is reached', () =>
    expect(cellsOf([line])).toEqual([
      [
        'fan-out',
        '1,000 sockets <all>',
        'frames/s',
        '123,456',
        '100,000',
        '1.23',
        '0.617 … 2.47',
        '≥ 0.85',
        'reached; the client was the limit',
      ],
    ]));

  it('holds a figure without a ratio against what it must reach itself', () =>
    expect(cellsOf([figureAlone])[0]?.slice(3)).toEqual([
      '3.00',
      '–',
      '–',
      '1.50 … 6.00',
      '≤ 2.5',
      'not reached; the client was the limit',
    ]));

  it('says once what each process used in a measurement of several lines', () =>
    expect(usageCellsOf([line, { ...line, unit: 'frames/CPU s' }])).toEqual([
      ['fan-out', '1,000 sockets <all>', 'gateway', '1.23', '100'],
    ]));

  it('has a row for every line, in each form', () => {
    expect(markdownOf([line, figureAlone]).split('\n')).toHaveLength(4);
    expect(tableOf([line])).toContain('123,456');
  });
});

describe('the report', () => {
  const machine = { description: '2 cores & <more>', cores: 2, memoryBytes: 1, node: '20' };
  const page = reportOf(machine, [line, figureAlone]);

  it('is a page by itself: nothing is fetched', () => {
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).toContain('new Chart(');
  });

  it('shows what was measured as text, whatever it holds', () => {
    expect(page).toContain('2 cores &amp; &lt;more&gt;');
    expect(page).toContain('<td>1,000 sockets &lt;all&gt;</td>');
    expect(page).toContain('1,000 sockets \\u003call>, frames/s');
  });

  it('draws each scenario, with what must be reached', () => {
    const charts = JSON.parse(/const charts = (.*);/.exec(page)?.[1] ?? '[]') as readonly object[];
    expect(charts).toEqual([
      {
        labels: ['1,000 sockets <all>, frames/s', 'idle, KB'],
        ratios: [1.2346, 3],
        colours: ['#2a8a4a', '#c23b3b'],
        reaches: [0.85, 2.5],
      },
    ]);
  });
});
