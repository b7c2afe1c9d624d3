/**
 * Carries out commands: decides on this replica's views, has what is claimed, appends, and waits until the views have it.
 *
 * Of two who change the same thing at the same time, on whatever replica, the second is told by the log that its views were
 * behind; it catches up and decides once again. What fails then is a conflict.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { positionOf, type AccountId, type Position } from '@cablehub/events';
import type { Command, Decision, Refusal } from '@cablehub/commands';
import type { Append, AppendResult, Claims, Counters, EventLog } from '@cablehub/log';
import type { FollowedViews } from '@cablehub/projector';
import { takeTogether } from '@cablehub/log';
import { idSupply } from './id-supply.ts';
import { randomSecret } from './secrets.ts';
import { uniqueness, type HeldClaim } from './uniqueness.ts';

export type ExecutorPorts = {
  readonly log: Pick<EventLog, 'append' | 'lastPosition'>;
  readonly views: FollowedViews;
  readonly counters: Counters;
  readonly claims: Claims;
  /** Told of each event that is in the log. */
  readonly onAppended?: (type: string) => void;
};

export type Failure =
  | Refusal
  /** Others were first, twice. */
  | { readonly reason: 'conflict' }
  /** An event is larger than the log takes. */
  | { readonly reason: 'too_large' };

export type Executed<Result> =
  { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly failure: Failure };

export type ExecuteOptions = { readonly accountId: AccountId; readonly traceparent?: string | undefined };

export type Execute = <Result>(command: Command<Result>, options: ExecuteOptions) => Promise<Executed<Result>>;

/** The events are in the log, and the views are not there yet. */
export class ViewsBehind extends Error {
  readonly code = 'views_behind';
  readonly position: Position;

  constructor(position: Position) {
    super(`it is in the log at position ${position}, but this replica's views are not there yet`);
    this.name = 'ViewsBehind';
    this.position = position;
  }
}

/** No acknowledgement came: what was asked may have happened or not. */
export class Unconfirmed extends Error {
  readonly code = 'unconfirmed';

  constructor(cause: unknown) {
    super('NATS did not acknowledge it: it may have happened or not', { cause });
    this.name = 'Unconfirmed';
  }
}

/** How long a call waits until the views have its events. */
export const VIEWS_LIMIT_MS = 5_000;
const RETRIES = 1;

/** Faults: ViewsBehind, Unconfirmed, and those of the ports. */
export const executor = (ports: ExecutorPorts): Execute => {
  const { log, views, onAppended } = ports;
  const takeOne = takeTogether(ports.counters);
  const claiming = uniqueness(ports);

  const catchUp = async (): Promise<void> => {
    const end = await log.lastPosition();
    if (!(await views.waitFor(end, VIEWS_LIMIT_MS))) throw new ViewsBehind(end);
  };

  return async (command, options) => {
    const ids = idSupply({ takeOne, reading: views.reading, accountId: options.accountId });
    const decide = () =>
      ids.decided((takeId) =>
        command(views.reading(), {
          accountId: options.accountId,
          now: new Date().toISOString(),
          newId: randomUUID,
          newSecret: randomSecret,
          random: (end) => randomInt(end),
          takeId,
          ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
        }),
      );
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      const { decision, held } = await claiming.decidedAlone(options.accountId, decide);
      if (decision === null) return conflict;
      if (!decision.ok) return { ok: false, failure: decision.refusal };
      const appended = await appendAll(log, decision.events);
      for (const type of appended.types) onAppended?.(type);
      if (appended.ok) {
        await reached(views, appended.position);
        return { ok: true, result: decision.result };
      }
      ids.forget();
      await catchUp();
      await claiming.giveBack(options.accountId, held);
      if (appended.reason === 'too_large') return { ok: false, failure: { reason: 'too_large' } };
    }
    return conflict;
  };
};

const conflict = { ok: false, failure: { reason: 'conflict' } } as const;

const reached = async (views: FollowedViews, position: Position): Promise<void> => {
  if (!(await views.waitFor(position, VIEWS_LIMIT_MS))) throw new ViewsBehind(position);
};

/** A decision that is made with what it claims in its hands; null: another held on to that. */
export type DecidedAlone<Result> = { readonly decision: Decision<Result> | null; readonly held: readonly HeldClaim[] };

type Appended = { readonly types: readonly string[] } & (
  | { readonly ok: true; readonly position: Position }
  | { readonly ok: false; readonly reason: 'wrong_expected_version' | 'too_large' }
);

/** What was not acknowledged is sent once more under the same ids: what is in the log already is known by them. */
const appendAll = async (log: Pick<EventLog, 'append'>, events: readonly Append[]): Promise<Appended> => {
  let results = events.length === 0 ? [] : await log.append(events);
  if (results.some(isUnconfirmed)) results = await log.append(events);
  const types = events.flatMap(({ event }, index) => (isNew(results[index]) ? [event.type] : []));
  const failed = results.find((result) => !result.ok && result.reason !== 'not_attempted');
  if (failed === undefined || failed.ok)
    return { ok: true, types, position: positionOf(Math.max(0, ...results.map(positionIn))) };
  switch (failed.reason) {
    case 'wrong_expected_version':
    case 'too_large':
      return { ok: false, types, reason: failed.reason };
    case 'unconfirmed':
      throw new Unconfirmed(failed.cause);
    default:
      throw new Error('an append failed without a reason');
  }
};

const isUnconfirmed = (result: AppendResult): boolean => !result.ok && result.reason === 'unconfirmed';
const isNew = (result: AppendResult | undefined): boolean => result?.ok === true && !result.duplicate;
const positionIn = (result: AppendResult): number => (result.ok ? result.position : 0);
