/** `npm run bench`: builds the hub and measures it. `-- --quick`, `--scenarios a,b`, `--pairs N`, `--json`, `--markdown`, `--report F`, `--peers`. */
import { spawn } from 'node:child_process';
import { setUp } from './set-up.mjs';

setUp({ install: true });

const bench = spawn(process.execPath, ['apps/bench/dist/main.js', ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal tells the benchmark itself; only what is sent to us alone is passed on.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => bench.kill('SIGTERM'));
bench.on('exit', (code) => process.exit(code ?? 1));
