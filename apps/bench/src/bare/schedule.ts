/**
 * Which rows a yardstick writes for the mix, worked out before anything is measured (pure).
 *
 * A row that several events of one transaction change is written once, in its last state; that is as little as any program can write.
 */
import type { Column, Job, RowWritten, Value } from '../mix/job.ts';
import { orderOf, uniqueIn, type Step } from '../mix/order.ts';

export type RowToWrite = { readonly row: RowWritten; readonly step: Step; readonly position: number };
export type Transaction = { readonly steps: readonly Step[]; readonly rows: readonly RowToWrite[] };

export const transactionsOf = (
  job: Job,
  { events, batch }: { events: number; batch: number },
): readonly Transaction[] => {
  const all: Transaction[] = [];
  let steps: Step[] = [];
  let rows = new Map<string, RowToWrite>();
  let position = 0;
  const end = (): void => {
    all.push({ steps, rows: [...rows.values()] });
    steps = [];
    rows = new Map();
  };
  for (const step of orderOf(events, job.shape)) {
    position++;
    steps.push(step);
    for (const row of job.events[step.step]!.writes)
      rows.set(`${step.account}.${step.round}.${row.row}`, { row, step, position });
    if (steps.length === batch) end();
  }
  if (steps.length > 0) end();
  return all;
};

/** The values of a row's columns, as it is in a round. */
export const valuesOf = ({ row: { columns }, step, position }: RowToWrite): readonly Value[] =>
  columns.map((column) => valueOf(column, step, position));

const valueOf = (column: Column, { account, round, serial }: Step, position: number): Value => {
  switch (column.kind) {
    case 'fixed':
      return column.value;
    case 'growing':
      return column.value + column.perRound * round + column.perSerial * serial;
    case 'unique':
      return uniqueIn(serial, column.value);
    case 'account':
      return account;
    case 'position':
      return position;
  }
};
