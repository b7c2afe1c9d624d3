/** `npm run test:faults`: runs the fault suite and says what it found. Exits 1 when the promise was broken. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { untilAskedToStop } from '@cablehub/process';
import { faults, type FaultKind } from './faults.ts';
import { isKept, reportOf } from './report.ts';
import { runFaults } from './run.ts';

const { values } = parseArgs({
  options: {
    /** Repeats a run's choice of faults. */
    seed: { type: 'string' },
    /** How long the load goes on. */
    seconds: { type: 'string', default: '90' },
    /** Only these faults, with commas between. */
    faults: { type: 'string' },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const wholeNumber = (text: string, name: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  process.stderr.write(`--${name} must be a whole number of 1 or more\n`);
  process.exit(2);
};
const kinds = values.faults?.split(',').map((kind) => kind.trim()) as FaultKind[] | undefined;
const unknown = kinds?.find((kind) => !faults.some((fault) => fault.kind === kind));
if (unknown !== undefined) {
  process.stderr.write(`there is no fault "${unknown}"; there are ${faults.map(({ kind }) => kind).join(', ')}\n`);
  process.exit(2);
}

const seed = values.seed === undefined ? randomInt(1, 1_000_000) : wholeNumber(values.seed, 'seed');
const seconds = wholeNumber(values.seconds, 'seconds');
const stop = new AbortController();
void untilAskedToStop().then(() => {
  stop.abort();
  process.once('SIGINT', () => process.exit(130)); // asked twice: at once
});

say(`the fault suite with seed ${seed} (repeat it with --seed ${seed})`);
try {
  const findings = await runFaults({
    seed,
    seconds,
    ...(kinds === undefined ? {} : { kinds }),
    path: process.env['PATH'] ?? '',
    say,
    signal: stop.signal,
  });
  say(`\n${reportOf(findings)}`);
  process.exitCode = isKept(findings) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${String((error as Error).stack)}\n`);
  process.exitCode = 1;
}
process.exit();
