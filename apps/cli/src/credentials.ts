/**
 * `hub credentials`: a key of its own for each role in NATS, in files.
 *
 * What is there is kept, so it can be run at every start; a role is given another key only when that is asked for. Seeds are
 * readable by whoever runs the command, and by nobody else.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createUserKey, roles, userKeyOf, usersConfiguration, type Role } from '@cablehub/log';
import { Failure } from './failure.ts';
import type { Output } from './output.ts';

export type CredentialsOptions = {
  readonly folder: string;
  /** Roles that are given another key. */
  readonly rotate: readonly Role[];
  /** The servers of a cluster, as they reach each other. */
  readonly nodes: readonly string[];
};

const ROUTES_PORT = 6222;

/** Faults: Failure when a seed that is there cannot be read. */
export const makeCredentials = ({ folder, rotate, nodes }: CredentialsOptions, output: Output): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const publicKeys = Object.fromEntries(
    roles.map((role) => [role, publicKeyOf(role, { folder, anew: rotate.includes(role), output })]),
  ) as Record<Role, string>;
  replace(join(folder, 'nats-users.conf'), usersConfiguration(publicKeys), PUBLIC);
  const once = { 'api-token': `${secret()}\n`, 'nats-routes.conf': routesConfiguration(nodes, secret()) };
  for (const [name, text] of Object.entries(once)) {
    if (existsSync(join(folder, name))) continue;
    replace(join(folder, name), text, SECRET);
    output.line(`made ${name}`);
  }
};

type Wish = { readonly folder: string; readonly anew: boolean; readonly output: Output };

/** The key of a role, which is made when there is none or another is wanted. */
const publicKeyOf = (role: Role, { folder, anew, output }: Wish): string => {
  const path = join(folder, `${role}.seed`);
  if (!anew && existsSync(path)) {
    const key = userKeyOf(readFileSync(path, 'utf8'));
    if (key !== null) return key.publicKey;
    throw new Failure(`${path} holds no nkey seed of a user; make another with --rotate ${role}`);
  }
  const { seed, publicKey } = createUserKey();
  replace(path, `${seed}\n`, SECRET);
  output.line(`made ${role}.seed`);
  return publicKey;
};

/** How the servers of a cluster find and know each other: one secret for all of them. */
const routesConfiguration = (nodes: readonly string[], password: string): string => {
  const routes = nodes.map((node) => `  "nats-route://hub:${password}@${node}:${ROUTES_PORT}"\n`);
  return [
    '# Made by `hub credentials`. It holds a secret.\n',
    `authorization: { user: hub, password: "${password}", timeout: 5 }\n`,
    `routes: [\n${routes.join('')}]\n`,
  ].join('');
};

const SECRET = 0o600;
const PUBLIC = 0o644;

const secret = (): string => randomBytes(24).toString('base64url');

/** Written beside and moved into place: a reader finds the one or the other, and never a half. */
const replace = (path: string, text: string, mode: number): void => {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, text, { mode });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
};
