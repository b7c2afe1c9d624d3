/**
 * `npm test`: the same set-up as `npm start`, then format, lint, types, and every specification. What follows `--` goes to
 * vitest (`npm test -- --project unit`). Ends with one line, `N passed, N failed`, and exits non-zero on any failure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run, setUp } from './set-up.mjs';

setUp({ install: true });

let passed = 0;
let failed = 0;
const failures = [];
const check = (name, args) => {
  process.stdout.write(`\n› ${name}\n`);
  if (run(args[0], args.slice(1)) === 0) return void passed++;
  failed++;
  failures.push(name);
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
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  passed += numPassedTests;
  // A specification that is skipped holds no promise.
  failed += numFailedTests + numPendingTests + numTodoTests;
  if (status !== 0 && numFailedTests === 0) failed++; // a file that could not be loaded, or an error outside a test
  for (const { name, message, status: outcome, assertionResults } of testResults) {
    const broken = assertionResults.filter(({ status }) => status !== 'passed');
    for (const { fullName, failureMessages } of broken)
      failures.push(`${relative('.', name)}: ${fullName}: ${failureMessages?.[0]?.split('\n')[0] ?? 'skipped'}`);
    if (outcome !== 'passed' && broken.length === 0) failures.push(`${relative('.', name)}: ${message}`);
  }
} catch (error) {
  failed++;
  failures.push(`the report of vitest could not be read: ${error}`);
}
rmSync(folder, { recursive: true, force: true });

// Again, where whoever sees only the end of a long output finds them.
for (const failure of failures) process.stdout.write(`\nfailed: ${failure}`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
