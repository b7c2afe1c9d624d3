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
  /**
   * The views, to be read at once: as they were when this turn first asked, or later if that was not at `atLeast` yet. Faults:
   * ViewsFault when the file cannot be read, or is not at `atLeast`.
   */
  readonly now: (atLeast: Position) => Reading;
  /** Leaves the file alone until the next reading. */
  readonly close: () => void;
};

type Open = { readonly database: Database; readonly reading: Reading };

/** Opens nothing before the first reading. */
export const turnReading = (file: string): TurnReading => {
  let open: Open | null = null;
  /** What this turn reads; null: it has not read yet. */
  let shown: Position | null = null;

  const opened = (): Open => {
    const database = openReadOnly(file);
    open = { database, reading: { ...readersIn(database), ...queriesIn(database) } };
    return open;
  };
  const endTurn = (): void => {
    shown = null;
    open?.database.rollback();
  };
  const close = (): void => {
    shown = null;
    open?.database.close();
    open = null;
  };

  const begin = (atLeast: Position): Reading => {
    const { database, reading } = open ?? opened();
    database.execute('BEGIN');
    setImmediate(endTurn);
    // SQLite takes hold of the moment with the first question.
    shown = reading.checkpoint();
    if (shown >= atLeast) return reading;
    throw new ViewsFault(`the views in ${file} are at position ${shown}, not at ${atLeast}: they begin anew`);
  };

  return {
    now: (atLeast) => {
      if (open !== null && shown !== null && shown >= atLeast) return open.reading;
      try {
        endTurn();
        return begin(atLeast);
      } catch (cause) {
        close();
        throw cause instanceof ViewsFault
          ? cause
          : new ViewsFault(`the views in ${file} cannot be read: ${String(cause)}`, { cause });
      }
    },
    close,
  };
};
