import { describe, expect, it } from 'vitest';
import type { Job, RowWritten } from '../mix/job.ts';
import { transactionsOf, valuesOf } from './schedule.ts';

const conversation: RowWritten = {
  table: 'conversations',
  row: 'conversations 7',
  columns: [
    { kind: 'account' },
    { kind: 'growing', value: 7, perRound: 100, perSerial: 0 },
    { kind: 'growing', value: 1_000, perRound: 0, perSerial: 10 },
    { kind: 'unique', value: 'xxxxxxxx-source' },
    { kind: 'position' },
    { kind: 'fixed', value: 'open' },
  ],
};
const event = (...writes: readonly RowWritten[]) => ({ writes, deliveries: [], tokens: 0 });
const job: Job = {
  shape: { setUp: 0, round: 3 },
  schema: [],
  tables: {},
  events: [event(conversation), event(), event(conversation)],
};

describe('schedule', () => {
  it('has every event in one transaction', () => {
    const transactions = transactionsOf(job, { events: 250, batch: 100 });
    expect(transactions.map(({ steps }) => steps.length)).toEqual([100, 100, 50]);
  });

  it('writes a row once a transaction, in its last state', () => {
    const [transaction] = transactionsOf(job, { events: 2_000, batch: 2_000 });
    const places = transaction!.rows.map(({ step: { account, round } }) => `${account}.${round}`);
    expect(new Set(places).size).toBe(places.length);
    const first = transaction!.rows.find(({ step: { account, round } }) => account === 1 && round === 0)!;
    expect(first.step.step).toBe(2);
  });

  it('gives each round the ids, times and sources of its own', () => {
    const step = { account: 3, round: 2, serial: 42, step: 0 };
    expect(valuesOf({ row: conversation, step, position: 99 })).toEqual([3, 207, 1_420, '0000002a-source', 99, 'open']);
  });
});
