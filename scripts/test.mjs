/**
 * `npm test`: the same set-up as `npm start`, then format, lint, types, and every specification. What follows `--` goes to
 * vitest (`npm test -- --project unit`). Ends with one line, `N passed, N failed`, and exits non-zero on any failure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, setUp } from './set-up.mjs';

setUp({ install: true });

let passed = 0;
let failed = 0;
const check = (name, args) => {
  process.stdout.write(`\n› ${name}\n`);
  const ok = run(args[0], args.slice(1)) === 0;
  if (ok) passed++;
  else failed++;
};

check('format', ['prettier', '--check', '.', '--log-level=warn']);
check('lint', ['eslint', '.']);
check('types', ['tsc', '-p', 'tsconfig.json']);
check('types of the console', ['vue-tsc', '-p', 'apps/console/tsconfig.json']);

process.stdout.write('\n› specifications\n');
const folder = mkdtempSync(join(tmpdir(), 'cablehub-test-'));
const report = join(folder, 'report.json');
const vitest = ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`, ...process.argv.slice(2)];
const status = run('vitest', vitest);
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
  passed += numPassedTests;
  // A specification that is skipped holds no promise.
  failed += numFailedTests + numPendingTests + numTodoTests;
  if (status !== 0 && numFailedTests === 0) failed++; // a file that could not be loaded, or an error outside a test
} catch {
  failed++;
}
rmSync(folder, { recursive: true, force: true });

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
