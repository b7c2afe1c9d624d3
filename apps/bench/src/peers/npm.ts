/** Peers from npm: in a folder of their own, so that the hub never depends on them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The servers, and the clients their users use. */
const PACKAGES = {
  '@anycable/core': '1.1.7',
  '@rails/actioncable': '8.1.400',
  'socket.io': '4.8.4',
  'socket.io-client': '4.8.4',
  ws: '8.23.0',
};

export const npmFolder = fileURLToPath(new URL('../../../../.data/bench-peers', import.meta.url));

const INSTALL_MS = 120_000;

/** Installs what is not there. Gives null, or why it cannot be had. */
export const installFromNpm = (say: (text: string) => void): string | null => {
  const manifest = JSON.stringify({ private: true, dependencies: PACKAGES }, null, 2);
  const stamp = join(npmFolder, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) return null;
  mkdirSync(npmFolder, { recursive: true });
  writeFileSync(join(npmFolder, 'package.json'), manifest);
  say('  npm install of the peers');
  const { status, stderr, error } = spawnSync(
    'npm',
    // The folder is said outright: an npm that runs us would have ours point to its own.
    ['install', '--prefix', npmFolder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
    { cwd: npmFolder, encoding: 'utf8', timeout: INSTALL_MS },
  );
  if (status !== 0) return `npm install failed: ${error?.message ?? stderr.trim().slice(-500)}`;
  writeFileSync(stamp, manifest);
  return null;
};

const requireFrom = createRequire(join(npmFolder, 'package.json'));

/** What a package of the folder exports. */
export const fromNpm = (name: string): unknown => requireFrom(name);

/** The same of a package that is a module. */
export const moduleFromNpm = async (name: string): Promise<unknown> =>
  import(pathToFileURL(requireFrom.resolve(name)).href);
