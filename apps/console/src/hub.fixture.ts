/** A hub as its users run it, on free ports, whose api serves the console. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export type HubProcess = { readonly url: string; readonly stop: () => Promise<void> };

/** Starts it and waits until its api is ready. `CONSOLE_URL` names one that runs already. */
export const startHub = async (): Promise<HubProcess> => {
  const given = process.env['CONSOLE_URL'];
  if (given !== undefined) return { url: given, stop: () => Promise.resolve() };
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-console-'));
  const [port, apiPort] = [await getPort(), await getPort()];
  const url = `http://127.0.0.1:${apiPort}`;
  const hub = spawn(process.execPath, [join(root, 'apps/cli/dist/main.js'), 'up'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      DATA_DIR: dataDir,
      PORT: String(port),
      API_PORT: String(apiPort),
      GATEWAY_DRAIN_MS: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer): void => void (said += chunk.toString());
  hub.stdout.on('data', keep);
  hub.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => hub.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    // It tells its visitor where it is when everything is up, the demo account too.
    const look = (): void => {
      if (said.includes('cablehub is up')) resolve();
    };
    hub.stdout.on('data', look);
    void ended.then(() => reject(new Error(`the hub ended:\n${said}`)));
  });
  return {
    url,
    stop: async () => {
      hub.kill('SIGTERM');
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
