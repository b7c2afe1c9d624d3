/**
 * `npm run bench`: measures the hub against the bare parts it is made of, in turn and in one run. Exits 0 when everything ran,
 * whatever the figures; 1 when something broke; 2 when it was asked for what there is not.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { untilAskedToStop } from '@cablehub/process';
import { machineOf } from './machine.ts';
import { reportOf } from './report.ts';
import type { Scenario, Stage } from './scenario.ts';
import { fanOut } from './scenarios/fan-out.ts';
import { growth } from './scenarios/growth.ts';
import { idle } from './scenarios/idle.ts';
import { ingest } from './scenarios/ingest.ts';
import { latency } from './scenarios/latency.ts';
import { peers } from './scenarios/peers.ts';
import { projection } from './scenarios/projection.ts';
import { replay } from './scenarios/replay.ts';
import { storm } from './scenarios/storm.ts';
import { markdownOf, tableOf, usageTableOf, type Told } from './table.ts';

const scenarios: readonly Scenario[] = [fanOut, idle, ingest, projection, replay, latency, storm, growth];

const { values } = parseArgs({
  options: {
    /** Small sizes and few pairs: everything runs, in less than five minutes. */
    quick: { type: 'boolean', default: false },
    /** Only these, with commas between. */
    scenarios: { type: 'string', default: scenarios.map(({ name }) => name).join(',') },
    /** Also the peers (Action Cable, AnyCable, ws, Socket.IO): installs them with apt-get, go and npm. `--scenarios peers`: only them. */
    peers: { type: 'boolean', default: false },
    /** How many times each is measured. */
    pairs: { type: 'string' },
    /** For machines: everything that was measured as JSON, and nothing else on the standard output. */
    json: { type: 'boolean', default: false },
    /** Writes a page with charts into this file. */
    report: { type: 'string' },
    /** The table as Markdown. */
    markdown: { type: 'boolean', default: false },
  },
});

const known = [...scenarios, peers];
const names = [...values.scenarios.split(',').map((name) => name.trim()), ...(values.peers ? [peers.name] : [])];
const wanted = [...new Set(names)].map((name) => known.find((one) => one.name === name) ?? name);
const unknown = wanted.filter((one) => typeof one === 'string');
if (unknown.length > 0) {
  process.stderr.write(`no scenario ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'cablehub-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
void untilAskedToStop().then(() => process.exit(130));

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const stage: Stage = {
  isQuick: values.quick,
  pairs: Number(values.pairs ?? (values.quick ? 2 : 5)),
  folder,
  say,
};

const told: Told[] = [];
const broken: string[] = [];
for (const { name, about, play } of wanted as readonly Scenario[]) {
  say(`${name}: ${about}`);
  try {
    for await (const line of play(stage)) told.push({ scenario: name, ...line });
  } catch (error) {
    broken.push(name);
    say(`${name} broke: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

const machine = machineOf();
const output = (): string => {
  if (values.json) return JSON.stringify({ machine, lines: told, broken }, null, 2);
  if (values.markdown) return `${machine.description}\n\n${markdownOf(told)}`;
  return `${machine.description}\n${usageTableOf(told)}\n${tableOf(told)}`;
};
if (values.report !== undefined) {
  writeFileSync(values.report, reportOf(machine, told));
  say(`the report is in ${values.report}`);
}
// A pipe takes a long table in parts: whoever exits before cuts it off.
process.stdout.write(`${output()}\n`, () => process.exit(broken.length === 0 ? 0 : 1));
