/**
 * What `init` does before anything else starts: makes the credentials that are not there yet, and gives to each volume under
 * /for what its service needs and nothing else. Run again it changes nothing; what it is given goes to `hub credentials`:
 * docker compose run --rm init --rotate api
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const KEPT = '/credentials';
/** The servers of infra/compose/cluster.yaml: one that runs alone has no use for it, and is ready for the others. */
const NODES = 'nats,nats-2,nats-3';

const needed = {
  nats: ['nats-users.conf', 'nats-routes.conf'],
  admin: ['admin.seed'],
  projector: ['projector.seed'],
  api: ['api.seed', 'api-token'],
  presence: ['presence.seed'],
  gateway: ['gateway.seed'],
  operator: ['operator.seed', 'api-token'],
};

const args = ['main.js', 'credentials', '--out', KEPT, '--nodes', NODES, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

for (const [service, files] of Object.entries(needed))
  for (const file of files) {
    const place = join('/for', service, file);
    // Moved into place, so that a reader never finds half a file.
    copyFileSync(join(KEPT, file), `${place}.new`);
    chmodSync(`${place}.new`, 0o400);
    renameSync(`${place}.new`, place);
  }
