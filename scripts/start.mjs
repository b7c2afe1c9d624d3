/** `npm start`: sets up what is missing, then runs the hub. `--install` lets it install nats-server; the rest is `hub up`'s. */
import { spawn } from 'node:child_process';
import { setUp } from './set-up.mjs';

const args = process.argv.slice(2);
setUp({ install: args.includes('--install') });

const hub = spawn(process.execPath, ['apps/cli/dist/main.js', 'up', ...args.filter((arg) => arg !== '--install')], {
  stdio: 'inherit',
});
// What the terminal sends (Ctrl-C, its closing) reaches the hub as well, so only what is sent to us alone is passed on.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => hub.kill('SIGTERM'));
hub.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
