/**
 * The set-up that `npm start`, `npm run demo` and `npm test` share: everything a fresh machine with Node lacks. Runs before
 * any dependency is there, so it uses Node alone.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const say = (text) => process.stderr.write(`${text}\n`);

/** Ends the set-up with what the person can do about it. */
const giveUp = (text) => {
  say(`\n${text}\n`);
  process.exit(1);
};

const environment = () => {
  // The tools of package.json first; turbo looks for pnpm there, too.
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  // What npm sets for its own scripts would be read by the npm that runs pnpm.
  for (const name of Object.keys(env)) if (/^npm_(config|package|lifecycle)_/i.test(name)) delete env[name];
  // Compile native modules against the headers that lie beside Node, when they do: nothing has to be downloaded then.
  const prefix = dirname(dirname(process.execPath));
  if (existsSync(join(prefix, 'include', 'node', 'node.h'))) env.npm_config_nodedir = prefix;
  return env;
};

/** Runs a command with its output on ours; gives its exit code. */
export const run = (command, args, options = {}) => {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: environment(), ...options });
  if (error) say(`${command}: ${error.message}`);
  return status ?? 1;
};

const quiet = (command, args) => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: environment() });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}` };
};

const onPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)));

const checkNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    giveUp(`cablehub needs Node 20.19 or later; this is ${process.versions.node}.`);
};

/** Runs the pnpm that package.json names; npm fetches it. */
const pnpm = (args) => run('npx', ['--yes', JSON.parse(readFileSync('package.json', 'utf8')).packageManager, ...args]);

/** Dependencies, unless they were installed for this lockfile and this Node. */
const installDependencies = () => {
  const stamp = join('node_modules', '.cablehub-set-up');
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((file) => readFileSync(file));
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(file);
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('fetching dependencies (the first time this takes a minute or two: SQLite is compiled)');
  if (pnpm(['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn']) !== 0)
    giveUp(
      'The dependencies could not be installed. The lines above say why.\n' +
        'If a compiler is missing: apt-get install python3 make g++ (Debian, Ubuntu) or xcode-select --install (macOS).',
    );
  mkdirSync('node_modules', { recursive: true });
  writeFileSync(stamp, wanted);
};

const isRoot = process.getuid?.() === 0;
const installers = [
  { program: 'apt-get', command: 'apt-get install -y nats-server', before: ['apt-get', ['update', '-qq']] },
  { program: 'brew', command: 'brew install nats-server' },
  { program: 'apk', command: 'apk add nats-server' },
  { program: 'dnf', command: 'dnf install -y nats-server' },
];

/** A nats-server on the PATH: there already, or installed when we may. */
const findNatsServer = (mayInstall) => {
  // Debian puts it where only root looks by default.
  process.env.PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter);
  if (process.env.NATS_URL || onPath('nats-server')) return;
  const installer = installers.find(({ program }) => onPath(program));
  if (installer && (mayInstall || isRoot)) {
    say(`installing nats-server: ${installer.command}`);
    const sudo = isRoot || installer.program === 'brew' ? [] : ['sudo'];
    const install = (command, args) => {
      const [program, ...rest] = [...sudo, command, ...args];
      return run(program, rest);
    };
    if (installer.before) install(...installer.before);
    const [command, ...args] = installer.command.split(' ');
    if (install(command, args) === 0 && onPath('nats-server')) return;
  }
  giveUp(
    [
      'cablehub keeps its events in NATS, and there is no nats-server on the PATH. Three ways to get it:',
      `  npm start -- --install          installs it with this system's package manager${installer ? ` (${installer.program})` : ''}`,
      '  https://nats.io/download        a single program: put it on the PATH',
      '  NATS_URL=nats://host:4222 npm start    uses a NATS server with JetStream that runs already',
    ].join('\n'),
  );
};

const build = () => {
  const { ok, output } = quiet('turbo', ['run', 'build', '--output-logs=errors-only']);
  if (!ok) giveUp(`The build failed:\n${output}`);
};

/** Makes the checkout ready to run. `install`: nats-server may be installed although this is not root. */
export const setUp = ({ install = false, nats = true } = {}) => {
  checkNode();
  installDependencies();
  if (nats) findNatsServer(install);
  build();
};
