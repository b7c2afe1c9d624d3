/** The projector's live file, as this process has it open: to work with, or, while it is prepared, to read only. */
import type { PartitionRange } from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import {
  readSqliteViews,
  sqliteViews,
  stateOf,
  ViewsFault,
  type ReadableViews,
  type ReadViews,
  type ViewFiles,
  type Views,
} from '@cablehub/projector';

export type LiveViews = {
  /** The views to work with; open until `close`. Faults: ViewsFault. */
  readonly open: () => Views;
  /** What can be read now, which may be of an older version; null: nothing. */
  readonly reading: () => ReadViews | null;
  /** Closes what is open. */
  readonly close: () => void;
};

export type LiveOptions = {
  readonly files: ViewFiles;
  readonly partitions: PartitionRange;
  readonly logger: Logger;
};

export const openViews = ({ files: { live }, partitions, logger }: LiveOptions): LiveViews => {
  let working: Views | null = null;
  let reader: ReadableViews | null = null;
  let isUnreadable = false;

  const readAlone = (): ReadableViews | null => {
    if (isUnreadable || stateOf(live) === null) return null;
    try {
      return readSqliteViews(live);
    } catch (error) {
      if (!(error instanceof ViewsFault)) throw error;
      isUnreadable = true; // until the rebuilt ones are there
      logger.warn({ err: error }, 'the views cannot be read until they are rebuilt; nobody is told who types');
      return null;
    }
  };

  const close = (): void => {
    reader?.close();
    working?.close();
    reader = null;
    working = null;
    isUnreadable = false;
  };

  return {
    open: () => {
      if (working !== null) return working;
      close();
      return (working = sqliteViews(live, partitions));
    },
    reading: () => working ?? (reader ??= readAlone()),
    close,
  };
};
