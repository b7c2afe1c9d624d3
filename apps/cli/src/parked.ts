/** `hub events --parked`: the events that no projection could take, as the projector keeps them. */
import type { PartitionRange } from '@cablehub/log';
import { readSqliteViews, stateOf, viewFilesOf, type Parked } from '@cablehub/projector';
import color from 'picocolors';
import { Failure } from './failure.ts';
import type { Output } from './output.ts';

export type ParkedOptions = {
  readonly dataDir: string;
  /** Those of the projector whose views are meant. */
  readonly partitions: PartitionRange;
  readonly account?: number;
  readonly json: boolean;
};

/** Prints them in the order of the log. Reads the projector's file, so only where a projector works. Faults: Failure. */
export const printParked = ({ dataDir, partitions, account, json }: ParkedOptions, output: Output): void => {
  const { live } = viewFilesOf(dataDir, partitions);
  if (stateOf(live) === null) throw new Failure(`no projector has worked in ${dataDir}`);
  const views = readSqliteViews(live);
  try {
    for (const one of views.parked())
      if (account === undefined || one.accountId === account) output.line(json ? JSON.stringify(one) : described(one));
  } finally {
    views.close();
  }
};

const described = ({ position, accountId, type, reason }: Parked): string =>
  `${String(position).padStart(8)}  account ${accountId}  ${color.bold(type.padEnd(30))}  ${color.red(reason)}`;
