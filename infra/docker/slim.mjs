/**
 * Makes installed packages smaller: of native modules stays what this machine's Node loads. uWebSockets.js comes with a
 * binary for every platform, better-sqlite3 with SQLite's source and the objects it was compiled into.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [store] = process.argv.slice(2);
const { arch, platform, versions } = process;
const loaded = `uws_${platform}_${arch}_${versions.modules}.node`;
const remove = (path) => rmSync(path, { recursive: true, force: true });

const packages = readdirSync(store).flatMap((folder) => {
  const modules = join(store, folder, 'node_modules');
  return existsSync(modules) ? readdirSync(modules).map((name) => ({ name, path: join(modules, name) })) : [];
});

for (const { name, path } of packages) {
  if (name === 'uwebsockets') {
    if (!existsSync(join(path, loaded))) throw new Error(`uWebSockets.js has no ${loaded}`);
    for (const file of readdirSync(path)) if (/^uws_.*\.node$/.test(file) && file !== loaded) remove(join(path, file));
  }
  if (name === 'better-sqlite3') {
    for (const folder of ['deps', 'src', 'binding.gyp']) remove(join(path, folder));
    const release = join(path, 'build', 'Release');
    if (!existsSync(join(release, 'better_sqlite3.node'))) throw new Error('better-sqlite3 was not compiled');
    for (const file of readdirSync(join(path, 'build'))) if (file !== 'Release') remove(join(path, 'build', file));
    for (const file of readdirSync(release)) if (file !== 'better_sqlite3.node') remove(join(release, file));
  }
}
