/** What to answer when a batch was tried: all in the log, or what became of each event (pure). */
import type { AppendResult } from '@cablehub/log';
import type { ReadEvent } from './event-batch.ts';
import type { BatchOutcome } from './metrics.ts';
import { Problem, unavailable, type EventReport, type ProblemItem } from './problem.ts';

export type Appended = { readonly id: string; readonly sequence: number; readonly duplicate: boolean };

export type Report =
  | { readonly ok: true; readonly outcome: BatchOutcome; readonly events: readonly Appended[] }
  | { readonly ok: false; readonly outcome: BatchOutcome; readonly problem: Problem };

type Failure = Exclude<Extract<AppendResult, { ok: false }>['reason'], 'not_attempted'>;

/** The first of these that happened to any event decides the answer: a client must know first what is uncertain. */
const failures: readonly Failure[] = ['unconfirmed', 'too_large', 'wrong_expected_version'];

const details: Readonly<Record<Failure, string>> = {
  unconfirmed: 'NATS did not acknowledge this event: it may be in the log or not; send it again under the same id',
  too_large: 'is larger than the log takes',
  wrong_expected_version: 'is not the position of the last event about this entity',
};

export const reportOf = (events: readonly ReadEvent[], results: readonly AppendResult[]): Report => {
  const worst = failures.find((reason) => results.some((result) => !result.ok && result.reason === reason));
  if (worst === undefined) return { ok: true, outcome: 'appended', events: appendedOf(events, results) };
  const extras = { errors: itemsOf(events, results), events: eventsOf(events, results) };
  switch (worst) {
    case 'unconfirmed': {
      const detail = 'NATS did not acknowledge every event; send the same events again under the same ids';
      return { ok: false, outcome: 'unconfirmed', problem: unavailable(detail, extras) };
    }
    case 'too_large':
      return { ok: false, outcome: 'too_large', problem: new Problem('too_large', 'an event is too large', extras) };
    case 'wrong_expected_version': {
      const detail = 'another event about the same entity came first';
      return { ok: false, outcome: 'version_conflict', problem: new Problem('version_conflict', detail, extras) };
    }
    default:
      return worst satisfies never;
  }
};

const appendedOf = (events: readonly ReadEvent[], results: readonly AppendResult[]): readonly Appended[] =>
  events.flatMap(({ event }, index) => {
    const result = results[index];
    return result?.ok ? [{ id: event.id, sequence: result.position, duplicate: result.duplicate }] : [];
  });

const eventsOf = (events: readonly ReadEvent[], results: readonly AppendResult[]): readonly EventReport[] =>
  events.map(({ event: { id } }, index): EventReport => {
    const result = results[index];
    if (result === undefined) return { id, status: 'unconfirmed' };
    if (!result.ok) return { id, status: result.reason };
    return { id, status: 'appended', sequence: result.position, duplicate: result.duplicate };
  });

const itemsOf = (events: readonly ReadEvent[], results: readonly AppendResult[]): readonly ProblemItem[] =>
  events.flatMap(({ pointer, line }, index) => {
    const result = results[index];
    if (result === undefined || result.ok || result.reason === 'not_attempted') return [];
    const at = result.reason === 'wrong_expected_version' ? `${pointer}/expected_version` : pointer;
    return [{ pointer: at, detail: details[result.reason], ...(line === undefined ? {} : { line }) }];
  });
