/**
 * `npm run test:compose`: runs the hub in containers as its users do, and says what it saw. Exits 0 when all passed, 1 when
 * something failed, 69 when there is no container engine.
 */
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { untilAskedToStop } from '@cablehub/process';
import { playCluster } from './cluster.ts';
import { createEngine, missingEngine } from './engine.ts';
import { openHub, type Hub } from './hub.ts';
import { playOneMachine } from './one-machine.ts';
import { playPartitions } from './partitions.ts';
import type { Stage } from './stage.ts';
import { createSteps, tableOf } from './steps.ts';

const NO_ENGINE = 69;
const BUILD_MS = 900_000;
/** However it goes, it is over after this long. */
const LIMIT_MS = 1_200_000;

type Kind = { readonly overlays?: readonly string[]; readonly play: (stage: Stage) => Promise<void> };

const kinds: Readonly<Record<string, Kind>> = {
  'one machine': { play: playOneMachine },
  cluster: { overlays: ['infra/compose/cluster.yaml'], play: playCluster },
  partitions: { overlays: ['infra/compose/partitions.yaml'], play: playPartitions },
};

const { values } = parseArgs({
  options: {
    /** The images are there already. */
    'no-build': { type: 'boolean', default: false },
    /** Only these stages, with commas between. */
    stages: { type: 'string', default: Object.keys(kinds).join(',') },
    /** Repeats a run's choice of events. */
    seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const port = Number(process.env['HUB_PORT'] || 3000);
const project = `cablehub-test-${process.pid}`;
const engine = createEngine({
  folder: fileURLToPath(new URL('../../..', import.meta.url)),
  environment: { ...process.env, HUB_PORT: String(port) },
});

const missing = await missingEngine(engine);
if (missing !== null) {
  say(`no container engine: not run (${missing})`);
  process.exit(NO_ENGINE);
}

const opened = new Set<Hub>();
const removeAll = async (): Promise<void> => {
  for (const hub of opened) await hub.remove().catch((error: unknown) => say(String(error)));
};
const giveUp = async (why: string, code: number): Promise<never> => {
  say(`\n${why}: removing what was started`);
  await removeAll();
  process.exit(code);
};
void untilAskedToStop().then((signal) => giveUp(signal, 130));
setTimeout(() => void giveUp(`not over after ${LIMIT_MS / 60_000} minutes`, 1), LIMIT_MS).unref();

const steps = createSteps(say);
const seed = Number(values.seed);
say(`project ${project} on port ${port}, seed ${seed}`);

/** What was seen so far is written down by the steps; a stage that fails leaves the others to be tried. */
const quietly = async (work: Promise<void>, otherwise: () => Promise<void> = async () => undefined): Promise<boolean> =>
  work.then(
    () => true,
    async () => {
      await otherwise();
      return false;
    },
  );

const build = async (): Promise<string> => {
  await engine.docker(['compose', '-p', project, 'build'], BUILD_MS);
  return sizes(await engine.docker(['images', '--format', '{{.Repository}} {{.Size}}', 'cablehub/*']));
};
const sizes = (lines: string): string => lines.trim().split('\n').toSorted().join(', ').replaceAll('cablehub/', '');

const isBuilt = values['no-build'] || (await quietly(steps.of('images')('docker compose build', build)));
for (const name of isBuilt ? values.stages.split(',') : []) {
  const { overlays = [], play } = kinds[name.trim()] ?? {
    play: () => Promise.reject(new Error(`no stage "${name}"`)),
  };
  const hub = openHub(engine, { project, port, overlays });
  const step = steps.of(name);
  opened.add(hub);
  await quietly(play({ engine, hub, step, seed }), async () =>
    say(await hub.compose(['logs', '--no-color', '--tail', '15']).catch(String)),
  );
  await quietly(
    step('docker compose down --volumes', async () => {
      await hub.remove();
      opened.delete(hub);
      return 'everything is gone';
    }),
  );
}
say(`\n${tableOf(steps.all)}`);
process.exit(steps.all.every(({ isPassed }) => isPassed) ? 0 : 1);
