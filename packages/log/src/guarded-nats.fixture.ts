/** A nats-server with the very configuration of infra/nats, and what it said of whoever tried more than they may. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createUserKey } from './keys.ts';
import { canWriteThrough, startNatsServer, type NatsServer } from './nats-server.ts';
import { roles, type Role } from './rights.ts';
import { usersConfiguration } from './users.ts';

const configuration = fileURLToPath(new URL('../../../infra/nats/nats.conf', import.meta.url));

export type GuardedNats = NatsServer & {
  /** What it refused: the lines of its log, in order. */
  readonly refusals: () => readonly string[];
  /** Everything it said. */
  readonly said: () => string;
};

/** A seed for each role and what the server must know of them, in `<folder>/credentials`; the files by role. */
export const makeKeys = (folder: string): Readonly<Record<Role, string>> => {
  mkdirSync(join(folder, 'credentials'), { recursive: true });
  const made = roles.map((role) => [role, createUserKey()] as const);
  const files = made.map(([role, { seed }]) => {
    const path = join(folder, 'credentials', `${role}.seed`);
    writeFileSync(path, `${seed}\n`, { mode: 0o600 });
    return [role, path] as const;
  });
  const keys = Object.fromEntries(made.map(([role, { publicKey }]) => [role, publicKey])) as Record<Role, string>;
  writeFileSync(join(folder, 'credentials', 'nats-users.conf'), usersConfiguration(keys));
  return Object.fromEntries(files) as Record<Role, string>;
};

/** Starts it where `<folder>/credentials` is what `/credentials` is in a container. */
export const startGuardedNats = async (folder: string, port?: number): Promise<GuardedNats> => {
  let log = '';
  const path = join(folder, 'etc/nats/nats.conf');
  mkdirSync(join(folder, 'etc/nats'), { recursive: true });
  const text = readFileSync(configuration, 'utf8').replace('"/data"', JSON.stringify(join(folder, 'data')));
  writeFileSync(path, understood(text));
  const server = await startNatsServer({
    dataDir: join(folder, 'data'),
    configuration: path,
    onLog: (text) => (log += text),
    ...(port === undefined ? {} : { port }),
  });
  return {
    ...server,
    said: () => log,
    refusals: () => log.split('\n').filter((line) => /violation|authentication error/i.test(line)),
  };
};

/** What a server older than 2.10 would not start with is left out. */
const understood = (text: string): string =>
  canWriteThrough(execFileSync('nats-server', ['-v'], { encoding: 'utf8' }))
    ? text
    : text.replace(/^ *sync_interval: always$/m, '');
