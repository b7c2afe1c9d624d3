/**
 * The log: all events, in one order, for ever. The only truth of the hub; everything else is rebuilt from it.
 *
 * Two adapters keep these promises, held to them by log.contract.ts: JetStream (jetstream-log.ts) and an array
 * (memory-log.ts).
 */
import type { AccountId, Entity, NewEvent, Position, RecordedEvent } from '@cablehub/events';

/** One event to append, and what its appender believes. */
export type Append = {
  readonly event: NewEvent;
  /**
   * The position of the last event about the same entity, as the appender knows it; 0 for "none yet". Absent: the event
   * is appended whatever came before it.
   */
  readonly expectedVersion?: number;
};

export type AppendResult =
  /** In the log for good. `duplicate`: its id was appended before, and `position` is where. */
  | { readonly ok: true; readonly position: Position; readonly duplicate: boolean }
  /** Another event about the same entity came first. Nothing was appended. */
  | { readonly ok: false; readonly reason: 'wrong_expected_version' }
  /** An earlier event of the same call was not appended, so this one was not tried. */
  | { readonly ok: false; readonly reason: 'not_attempted' }
  /** The event is larger than the log takes. */
  | { readonly ok: false; readonly reason: 'too_large' }
  /** No acknowledgement came: it may be in the log or not. Appending it again under the same id is safe. */
  | { readonly ok: false; readonly reason: 'unconfirmed'; readonly cause: unknown };

/** An entry that this hub cannot read: an unknown type, or a schema version from the future. It keeps its place. */
export type UnreadableEvent = {
  readonly type: 'unreadable';
  readonly position: Position;
  readonly recordedAt: number;
  readonly accountId: AccountId;
  readonly reason: string;
};

/** What a reader finds at one position. */
export type LogEntry = RecordedEvent | UnreadableEvent;

/** Which entries a reader wants; none given: all of them. */
export type LogFilter = { readonly accountId: AccountId } | { readonly entity: Entity };

export type ReadOptions = {
  /** Entries after this position; 0, the default, is from the beginning. */
  readonly after?: Position;
  readonly filter?: LogFilter;
};

export type FollowOptions = ReadOptions & {
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** The most entries in one batch; 500 when absent. */
  readonly maxBatch?: number;
};

export interface EventLog {
  /**
   * Appends events in the order given; one result each, in the same order.
   *
   * An event is identified by its account and id: appending it again within the duplicate window answers with the first
   * position, before its expected version is looked at. If any event has an expected version, they are appended one by
   * one and the first that fails ends the call (`not_attempted` for the rest); otherwise all are sent at once.
   */
  append(appends: readonly Append[]): Promise<readonly AppendResult[]>;

  /** The entries there are at the time of the call, in order; then it ends. Faults: `nats_unavailable`. */
  read(options?: ReadOptions): AsyncIterable<LogEntry>;

  /**
   * The entries there are and those to come, in order and without a hole, until the signal.
   *
   * Yields what has arrived in batches, never empty. It is pulled: a slow reader leaves entries in the log. It survives
   * the loss of the connection and goes on where it was.
   */
  follow(options: FollowOptions): AsyncIterable<readonly LogEntry[]>;

  /** The position of the last entry; 0 when there is none. */
  lastPosition(): Promise<Position>;
}
