/** `npm run test:faults`: builds the hub and runs the fault suite. `--seed N`, `--seconds N`, `--faults a,b`. */
import { spawn } from 'node:child_process';
import { setUp } from './set-up.mjs';

setUp({ install: true });

const suite = spawn(process.execPath, ['apps/faults/dist/main.js', ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal tells the suite itself; only what is sent to us alone is passed on.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => suite.kill('SIGTERM'));
suite.on('exit', (code) => process.exit(code ?? 1));
