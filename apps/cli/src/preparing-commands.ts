/** `hub set-up` and `hub credentials` as the command line knows them: what a hub needs before its apps start. */
import { roles, type Role } from '@cablehub/log';
import { readSettings } from '@cablehub/process';
import { InvalidArgumentError, type Command } from 'commander';
import { makeCredentials } from './credentials.ts';
import type { Place } from './data-dir.ts';
import { natsPlace } from './data-dir.ts';
import type { Output } from './output.ts';
import { setUp, storageSettings } from './set-up.ts';

const role = (text: string, before: readonly Role[] = []): readonly Role[] => {
  const known = roles.find((one) => one === text);
  if (known === undefined) throw new InvalidArgumentError(`must be one of ${roles.join(', ')}.`);
  return [...before, known];
};

type Surroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly place: () => Place;
  readonly output: Output;
};

export const addPreparingCommands = (program: Command, { environment, place, output }: Surroundings): void => {
  program
    .command('set-up')
    .description('make the streams and buckets in NATS, or bring them up to date; apps on their own wait for it')
    .option('--replicas <n>', 'copies of everything: 1, 3 or 5 (NATS_REPLICAS)')
    .option('--resume-window <minutes>', 'how long deliveries are kept (RESUME_WINDOW_MINUTES)')
    .option('--deliveries-max-bytes <n>', 'the most that they may take (DELIVERIES_MAX_BYTES)')
    .action(async (options: { replicas?: string; resumeWindow?: string; deliveriesMaxBytes?: string }) => {
      const given = {
        NATS_REPLICAS: options.replicas,
        RESUME_WINDOW_MINUTES: options.resumeWindow,
        DELIVERIES_MAX_BYTES: options.deliveriesMaxBytes,
      };
      const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const { url } = natsPlace(place());
      await setUp(
        { ...place(), NATS_URL: url, ...readSettings(storageSettings, { ...environment, ...flags }) },
        output,
      );
    });

  program
    .command('credentials')
    .description('make a key for each role in NATS, what NATS must know of them, and a token of the API')
    .requiredOption('--out <folder>', 'where they are kept; what is there already stays')
    .option('--rotate <role>', `another key for a role: ${roles.join(', ')}; may be said again`, role)
    .option('--nodes <names>', 'the servers of a cluster, with commas between', 'nats-1,nats-2,nats-3')
    .action(({ out, rotate = [], nodes }: { out: string; rotate?: readonly Role[]; nodes: string }) =>
      makeCredentials({ folder: out, rotate, nodes: nodes.split(',') }, output),
    );
};
