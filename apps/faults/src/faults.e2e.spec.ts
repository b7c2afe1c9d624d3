import { describe, expect, it } from 'vitest';
import type { FaultKind } from './faults.ts';
import { isKept, reportOf } from './report.ts';
import { runFaults } from './run.ts';

/** One of each sort: `npm run test:faults` has them all, for longer. */
const kinds: readonly FaultKind[] = [
  'kill gateway 1',
  'kill projector',
  'kill api',
  'kill presence',
  'kill nats-server',
  'freeze gateway 2',
  'cut sockets',
  'half-open sockets',
  'old duplicate',
  'second copy',
];

describe('the hub under faults', () => {
  it('loses, repeats, swaps and leaks nothing', { timeout: 150_000 }, async () => {
    const findings = await runFaults({
      seed: 4,
      seconds: 25,
      kinds,
      path: process.env['PATH'] ?? '',
      say: () => undefined,
      signal: new AbortController().signal,
    });
    expect(findings.injected.length, reportOf(findings)).toBeGreaterThanOrEqual(5);
    expect(findings.book.entries.size, reportOf(findings)).toBeGreaterThan(100);
    expect(isKept(findings), reportOf(findings)).toBe(true);
  });
});
