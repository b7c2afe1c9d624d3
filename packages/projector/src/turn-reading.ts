/**
 * Reading views that another thread writes, so that all that is read within one turn of the event loop is true for one position.
 *
 * A read transaction begins with the first reading of a turn and ends with the turn: held for longer, it would keep SQLite from
 * emptying the WAL.
 */
import type { Position } from '@cablehub/events';
import { openReadOnly, ViewsFault, type Database } from './database.ts';
import { queriesIn, type Reading } from './queries/queries.ts';
import { readersIn } from './sqlite-views.ts';

export type TurnReading = {
  /** The views, to be read at once. Faults: ViewsFault when the file cannot be read, or is not at `atLeast`. */
  readonly now: (atLeast: Position) => Reading;
  /** What is read from now on is what the file says now. */
  readonly endTurn: () => void;
  /** Leaves the file alone until the next reading. */
  readonly close: () => void;
};

/** Opens nothing before the first reading. */
export const turnReading = (file: string): TurnReading => {
  let open: { readonly database: Database; readonly reading: Reading } | null = null;
  let isBegun = false;

  const opened = () => {
    const database = openReadOnly(file);
    open = { database, reading: { ...readersIn(database), ...queriesIn(database) } };
    return open;
  };
  const endTurn = (): void => {
    isBegun = false;
    open?.database.rollback();
  };
  const close = (): void => {
    isBegun = false;
    open?.database.close();
    open = null;
  };

  const begin = (atLeast: Position): Reading => {
    const { database, reading } = open ?? opened();
    database.execute('BEGIN');
    isBegun = true;
    setImmediate(endTurn);
    // SQLite takes hold of the moment with the first question.
    const position = reading.checkpoint();
    if (position >= atLeast) return reading;
    throw new ViewsFault(`the views in ${file} are at position ${position}, not yet at ${atLeast}: they begin anew`);
  };

  return {
    now: (atLeast) => {
      if (isBegun && open !== null) return open.reading;
      try {
        return begin(atLeast);
      } catch (cause) {
        close();
        throw cause instanceof ViewsFault
          ? cause
          : new ViewsFault(`the views in ${file} cannot be read: ${String(cause)}`, { cause });
      }
    },
    endTurn,
    close,
  };
};
