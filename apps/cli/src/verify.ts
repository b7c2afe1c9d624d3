/** `hub verify`: rebuilds the views aside and compares them with the live ones. */
import { join } from 'node:path';
import { rangeName } from '@cablehub/log';
import {
  compareViews,
  copyViews,
  openWorkFolder,
  projectorFolder,
  stateOf,
  VIEWS_VERSION,
  viewFilesOf,
} from '@cablehub/projector';
import { Failure } from './failure.ts';
import type { Output } from './output.ts';
import { printComparison, rateOf, rebuildInto, withLog, type RebuildOptions } from './rebuilding.ts';

/** Prints the comparison; false when anything differs. Reads only, also under a hub at work. Faults: Failure, LogFault. */
export const verify = async (options: RebuildOptions, output: Output): Promise<boolean> => {
  const { dataDir, partitions } = options;
  const { live } = viewFilesOf(dataDir, partitions);
  if (stateOf(live) === null) throw new Failure(`there are no views to verify in ${live}`);
  const folder = openWorkFolder(projectorFolder(dataDir, partitions), 'verify');
  try {
    const [kept, rebuilt] = [join(folder.path, 'live.sqlite'), join(folder.path, 'rebuilt.sqlite')];
    await copyViews(live, kept);
    const state = stateOf(kept)!;
    if (state.version !== VIEWS_VERSION)
      throw new Failure(
        `the live views are of version ${state.version} and this hub makes ${VIEWS_VERSION}: verify them when the ` +
          `projector has rebuilt them`,
      );
    if (state.partitions !== rangeName(partitions))
      throw new Failure(`the views in ${live} are of partitions ${state.partitions}: set PARTITIONS`);
    const startedAt = performance.now();
    const target = { upTo: state.position };
    const { events } = await withLog(options.nats, (log, link) =>
      rebuildInto(rebuilt, { log, link, by: 'verify', options, target }),
    );
    const tables = compareViews(kept, rebuilt);
    printComparison(tables, output);
    const isSame = tables.every(({ difference }) => difference === null);
    const outcome = isSame
      ? 'the live views are what the log adds up to'
      : 'the live views are NOT what the log adds up to';
    output.line(`${outcome}, at position ${state.position}: ${rateOf(events, performance.now() - startedAt)}`);
    return isSame;
  } finally {
    folder.remove();
  }
};
