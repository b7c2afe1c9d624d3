/**
 * An account as it was: its events up to a position, folded into views in memory. What was looked at last is kept, so that moving
 * along the time line folds only what lies between.
 */
import { positionOf, type AccountId, type Position, type RecordedEvent } from '@cablehub/events';
import type { EventLog } from '@cablehub/log';
import { project, queryableViews, replay, type Consequences, type QueryableViews } from '@cablehub/projector';
import { Problem } from '../problem.ts';

const KEPT = 4;
/** An account with more events than this is not folded while somebody waits. */
const MOST_EVENTS = 200_000;
const options = { contactTokens: 'visible', maxBatch: 200 } as const;

export type Past = {
  /** Looks at the account as it was after a position. What `look` reads is gone when it returns. */
  readonly at: <T>(accountId: AccountId, position: Position, look: (views: QueryableViews) => T) => Promise<T>;
  /** An event and what was told of it; null: the account has none there. */
  readonly told: (
    accountId: AccountId,
    position: Position,
  ) => Promise<{ readonly event: RecordedEvent; readonly consequences: Consequences } | null>;
  readonly close: () => void;
};

export const pastOf = (log: EventLog): Past => {
  const kept = new Map<AccountId, QueryableViews>();
  let turn: Promise<unknown> = Promise.resolve();

  /** One at a time: two would fold into the same views. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  const drop = (accountId: AccountId): void => {
    kept.get(accountId)?.close();
    kept.delete(accountId);
  };

  const viewsAt = async (accountId: AccountId, upTo: Position): Promise<QueryableViews> => {
    if ((kept.get(accountId)?.checkpoint() ?? 0) > upTo) drop(accountId);
    const views = kept.get(accountId) ?? queryableViews(':memory:');
    kept.delete(accountId);
    kept.set(accountId, views);
    for (const [oldest] of [...kept].slice(0, -KEPT)) drop(oldest);
    const stop = new AbortController();
    const onProgress = ({ events }: { readonly events: number }): void => {
      if (events > MOST_EVENTS) stop.abort();
    };
    const { isFinished } = await replay(log, views, { ...options, upTo, accountId, signal: stop.signal, onProgress });
    if (isFinished) return views;
    drop(accountId);
    throw new Problem('invalid', `more than ${MOST_EVENTS} events lie before that position`);
  };

  return {
    at: (accountId, position, look) => inTurn(async () => look(await viewsAt(accountId, position))),
    told: (accountId, position) =>
      inTurn(async () => {
        const event = await eventAt(log, accountId, position);
        if (event === null) return null;
        const views = await viewsAt(accountId, positionOf(position - 1));
        views.begin();
        const consequences = project(views, event, options);
        views.commit(position);
        return { event, consequences };
      }),
    close: () => [...kept.keys()].forEach(drop),
  };
};

const eventAt = async (log: EventLog, accountId: AccountId, position: Position): Promise<RecordedEvent | null> => {
  for await (const entry of log.read({ after: positionOf(position - 1), filter: { accountId } }))
    return entry.position === position && entry.type !== 'unreadable' ? entry : null;
  return null;
};
