/** `hub`: the command line. Reads options and settings; each command is a file of its own. */
import { randomBytes } from 'node:crypto';
import { apiSettings, apiTokens } from '@cablehub-apps/api';
import { gatewaySettings } from '@cablehub-apps/gateway';
import { projectorSettings } from '@cablehub-apps/projector';
import { processSettings, readSettings, SettingsError, untilAskedToStop } from '@cablehub/process';
import { LogFault } from '@cablehub/log';
import { ViewsFault } from '@cablehub/projector';
import { Command, InvalidArgumentError } from 'commander';
import { natsPlace } from './data-dir.ts';
import { playDemo } from './demo.ts';
import { printEvents } from './events.ts';
import { exportLog } from './export.ts';
import { Failure } from './failure.ts';
import { apiUrlOf, cableUrlOf, hubUrlSettings } from './hub-url.ts';
import { importLog } from './import.ts';
import { listen } from './listen.ts';
import { standardOutput as output } from './output.ts';
import { printParked } from './parked.ts';
import { addPreparingCommands } from './preparing-commands.ts';
import { publish } from './publish.ts';
import { replayLog } from './replay.ts';
import { hubSettings, startHub } from './up.ts';
import { verify } from './verify.ts';

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number of 1 or more.');
  return value;
};
const time = (text: string): number => {
  const value = Date.parse(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError('must be a time like 2024-03-01T12:00:00Z.');
  return value;
};
type EventsCommand = {
  follow: boolean;
  account?: number;
  type?: readonly string[];
  json: boolean;
  parked: boolean;
};
const types = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',')];

const localSettings = { ...processSettings, ...apiSettings, ...gatewaySettings, ...hubUrlSettings };
const local = () => readSettings(localSettings, process.env);
const apiUrl = (given: string | undefined): string => given ?? apiUrlOf(local());
const cableUrl = (given: string | undefined): string => given ?? cableUrlOf(local());
const apiToken = async (given: string | undefined): Promise<string> => given ?? (await apiTokens(local()))[0]!.token;

/** The projector whose views a command is about. */
const viewsMeant = () => {
  const { DATA_DIR: dataDir, PARTITIONS: partitions } = readSettings(projectorSettings, process.env);
  return { dataDir, partitions };
};

const untilStopped = (): AbortSignal => {
  const controller = new AbortController();
  void untilAskedToStop().then(() => controller.abort());
  return controller.signal;
};

const program = new Command('hub')
  .description('An event-sourced realtime hub for support chat.')
  .addHelpText('after', '\nSettings are read from the environment; README.md lists them.');

program
  .command('up')
  .description('run the whole hub in one process, with a nats-server unless NATS_URL is set')
  .option('--port <port>', 'for sockets (PORT)')
  .option('--api-port <port>', 'for the HTTP API (API_PORT)')
  .option('--host <address>', 'to listen on (HOST)')
  .option('--nats-url <url>', 'of a NATS that runs already (NATS_URL)')
  .option('--data-dir <folder>', 'for everything that is kept (DATA_DIR)')
  .option('--log-level <level>', 'of what is logged (LOG_LEVEL)')
  .option('--no-demo-account', 'do not load the demo account into an empty log')
  .action(async (options: Record<string, string | undefined> & { demoAccount: boolean }) => {
    const given = {
      PORT: options['port'],
      API_PORT: options['apiPort'],
      HOST: options['host'],
      NATS_URL: options['natsUrl'],
      DATA_DIR: options['dataDir'],
      LOG_LEVEL: options['logLevel'],
    };
    const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const asked = untilAskedToStop();
    const hub = await startHub(readSettings(hubSettings, { ...process.env, ...flags }), {
      demoAccount: options.demoAccount,
    });
    output.line(hub.welcome);
    try {
      await Promise.race([asked, hub.failed]);
    } finally {
      process.once('SIGINT', () => process.exit(130)); // asked twice: at once
      await hub.stop();
    }
  });

program
  .command('publish')
  .description('append the events of an NDJSON file, one a line')
  .argument('<file>', 'NDJSON; - reads standard input')
  .option('--account <id>', 'the account they belong to', wholeNumber, 1)
  .option('--api-url <url>', 'of the hub’s API')
  .option('--token <token>', 'of the API; the one in DATA_DIR when absent')
  .action(async (file: string, options: { account: number; apiUrl?: string; token?: string }) =>
    publish(
      { file, account: options.account, apiUrl: apiUrl(options.apiUrl), token: await apiToken(options.token) },
      output,
    ),
  );

program
  .command('listen')
  .description('connect as an agent or a customer and print every frame')
  .requiredOption('--token <token>', 'pubsub token of the agent or the customer session')
  .option('--account <id>', 'an agent’s account', wholeNumber)
  .option('--user <id>', 'an agent’s user', wholeNumber)
  .option('--url <url>', 'of the hub’s sockets')
  .option('--json', 'each frame as JSON, one a line', false)
  .option('--count <n>', 'end after so many frames', wholeNumber)
  .option('--no-presence', 'send no heartbeats')
  .action(async ({ url, ...options }: Omit<Parameters<typeof listen>[0], 'signal' | 'url'> & { url?: string }) =>
    listen({ ...options, url: cableUrl(url), signal: untilStopped() }, output),
  );

program
  .command('events')
  .description('read the log')
  .option('--follow', 'go on with what is appended', false)
  .option('--account <id>', 'of one account', wholeNumber)
  .option('--type <types>', 'of these types, with commas between; message. stands for all that begin so', types)
  .option('--json', 'each event as JSON, one a line', false)
  .option('--parked', 'those that no projection could take, with the reason', false)
  .action(async (options: EventsCommand) => {
    const { type = [], parked, ...rest } = options;
    if (parked) return printParked({ ...rest, ...viewsMeant() }, output);
    await printEvents({ ...rest, types: type, nats: natsPlace(local()), signal: untilStopped() }, output);
  });

program
  .command('export')
  .description('write the whole log to a file; run again, it goes on where it was interrupted')
  .argument('[file]', 'ends in .gz, .zst or neither; - is standard output', 'cablehub-log.ndjson.gz')
  .action(async (file: string) => exportLog({ file, place: local(), signal: untilStopped() }, output));

program
  .command('import')
  .description('read what export wrote into an empty log; run again, it goes on where it was interrupted')
  .argument('<file>', 'ends in .gz, .zst or neither; - is standard input')
  .option('--into-existing', 'into a log that is not empty: append what is missing, by event id', false)
  .action(async (file: string, { intoExisting }: { intoExisting: boolean }) =>
    importLog({ file, intoExisting, place: local(), signal: untilStopped() }, output),
  );

addPreparingCommands(program, { environment: process.env, place: local, output });

const rebuilding = () => {
  const settings = readSettings(projectorSettings, process.env);
  return {
    ...viewsMeant(),
    nats: natsPlace(settings),
    contactTokens: settings.CONTACT_TOKENS,
    signal: untilStopped(),
  };
};

program
  .command('replay')
  .description('rebuild the views from the log; the projector takes them over while it works')
  .option('--to-sequence <n>', 'up to this position, into --out', wholeNumber)
  .option('--to-time <time>', 'as they were when the log had come to this time, into --out', time)
  .option('--account <id>', 'of one account, into --out', wholeNumber)
  .option('--out <file>', 'into a new file, and change nothing else')
  .action(async (options: { toSequence?: number; toTime?: number; account?: number; out?: string }) =>
    replayLog({ ...rebuilding(), ...options }, output),
  );

program
  .command('verify')
  .description('rebuild the views aside and compare them with the live ones; exit code 1 when they differ')
  .action(async () => {
    if (!(await verify(rebuilding(), output))) process.exitCode = 1;
  });

program
  .command('token')
  .description('print the tokens of the API; with --new, make one for a user, a session or API_TOKENS')
  .option('--new', 'print a new random token', false)
  .action(async (options: { new: boolean }) => {
    if (options.new) return output.line(randomBytes(24).toString('base64url'));
    for (const { token, accountId } of await apiTokens(local()))
      output.line(accountId === undefined ? token : `${token}@${accountId}`);
  });

program
  .command('demo')
  .description('play the article’s story on a running hub and check who hears what')
  .option('--api-url <url>', 'of the hub’s API')
  .option('--url <url>', 'of the hub’s sockets')
  .option('--token <token>', 'of the API; the one in DATA_DIR when absent')
  .action(async (options: { apiUrl?: string; url?: string; token?: string }) =>
    playDemo(
      {
        nats: natsPlace(local()),
        apiUrl: apiUrl(options.apiUrl),
        cableUrl: cableUrl(options.url),
        token: await apiToken(options.token),
      },
      output,
    ),
  );

// A reader that has seen enough (`hub events | head`) ends the command, and is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  const isSaid = [Failure, SettingsError, LogFault, ViewsFault].some((known) => error instanceof known);

  process.stderr.write(`hub: ${isSaid ? (error as Error).message : String((error as Error).stack)}\n`);
  process.exitCode = error instanceof SettingsError ? 2 : 1;
}
// Timers and sockets of stopped clients may linger for seconds; what was printed is out, so nothing is cut off.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit();
