/** `npm run test:compose`: builds the images and plays with the hub in containers. `--no-build`, `--stages a,b`, `--seed N`. */
import { spawn } from 'node:child_process';
import { setUp } from './set-up.mjs';

setUp({ nats: false });

const test = spawn(process.execPath, ['apps/compose-test/dist/main.js', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// The terminal tells the test itself; only what is sent to us alone is passed on.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => test.kill('SIGTERM'));
test.on('exit', (code) => process.exit(code ?? 1));
