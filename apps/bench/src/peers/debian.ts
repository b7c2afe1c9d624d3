/** Peers from Debian. */
import { spawnSync } from 'node:child_process';

const INSTALL_MS = 180_000;

/** Installs what is not there, when this is Debian and we may. Gives null, or why it cannot be had and what would help. */
export const installFromDebian = (packages: readonly string[], say: (text: string) => void): string | null => {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return null;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) return `it needs packages that only root may install: ${command}`;
  say(`  ${command}`);
  const first = aptGet('install', '-y', '--no-install-recommends', ...missing);
  if (first === null) return null;
  // The list of what there is may be old, or not there at all.
  const failed = aptGet('update') ?? aptGet('install', '-y', '--no-install-recommends', ...missing);
  return failed === null ? null : `${command} failed: ${failed}`;
};

const isInstalled = (name: string): boolean =>
  spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' }).stdout?.trim() ===
  'install ok installed';

/** Null, or what it said last. */
const aptGet = (...args: readonly string[]): string | null => {
  const { status, stderr, error } = spawnSync('apt-get', ['-o', 'Dpkg::Use-Pty=0', ...args], {
    encoding: 'utf8',
    timeout: INSTALL_MS,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return status === 0 ? null : (error?.message ?? stderr.trim().slice(-500));
};
