/** What the projector measures. No label carries an account: their number has no bound. */
import { Counter, Gauge, Histogram, type Registry } from '@cablehub/process';
import type { Batch } from '@cablehub/projector';

export type ProjectorMetrics = {
  readonly took: (batch: Batch, behind: number, now: number) => void;
  readonly parkedNow: (count: number) => void;
  readonly typed: (frames: number) => void;
  readonly leading: (isHeld: boolean) => void;
  readonly replayed: (events: number, perSecond: number) => void;
  readonly snapshot: (outcome: 'taken' | 'failed' | 'restored' | 'skipped') => void;
};

/** From a delivery that is as fast as NATS to one that waited for a replay. */
const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export const projectorMetrics = (registry: Registry): ProjectorMetrics => {
  const registers = [registry];
  const prefix = 'cablehub_projector_';
  const counter = (name: string, help: string) => new Counter({ name: `${prefix}${name}`, help, registers });
  const gauge = (name: string, help: string) => new Gauge({ name: `${prefix}${name}`, help, registers });
  const events = new Counter({
    name: `${prefix}events_total`,
    help: 'Events of its own partitions, by what became of them: taken, parked, or duplicate of one before.',
    labelNames: ['outcome'],
    registers,
  });
  const deliveries = counter('deliveries_total', 'Deliveries published.');
  const parked = counter('parked_total', 'Events no projection could take.');
  const parkedNow = gauge('parked', 'Events that are parked now.');
  const typing = counter('typing_total', 'Typing frames sent.');
  const position = gauge('position', 'The position the views are true for.');
  const lag = gauge('lag_events', 'Positions the views are behind the log.');
  const age = gauge('lag_seconds', 'Age of the last folded event when it was folded.');
  const leader = gauge('leader', '1 while this replica works.');
  const replayed = counter('replayed_total', 'Events folded that had been told before, so that nobody heard of them.');
  const replayRate = gauge('replay_events_per_second', 'How fast the last such folding was, or the one under way is.');
  const snapshots = new Counter({
    name: `${prefix}snapshots_total`,
    help: 'Snapshots of the views, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const latency = new Histogram({
    name: `${prefix}delivery_seconds`,
    help: 'From an event’s place in the log to the acknowledgement of its deliveries.',
    buckets: LATENCY_SECONDS,
    registers,
  });
  return {
    took: (batch, behind, now) => {
      const [refused, duplicates] = [batch.parked.length, batch.duplicates.length];
      events.inc({ outcome: 'taken' }, batch.events - refused - duplicates);
      events.inc({ outcome: 'parked' }, refused);
      events.inc({ outcome: 'duplicate' }, duplicates);
      deliveries.inc(batch.deliveries);
      parked.inc(batch.parked.length);
      position.set(batch.position);
      lag.set(behind);
      age.set(Math.max(0, now - batch.recordedAt) / 1_000);
      for (const recordedAt of batch.toldRecordedAt) latency.observe(Math.max(0, batch.toldAt - recordedAt) / 1_000);
    },
    parkedNow: (count) => parkedNow.set(count),
    typed: (frames) => typing.inc(frames),
    leading: (isHeld) => leader.set(isHeld ? 1 : 0),
    replayed: (more, perSecond) => {
      replayed.inc(more);
      replayRate.set(perSecond);
    },
    snapshot: (outcome) => snapshots.inc({ outcome }),
  };
};

/** Counts, and gives the rate since it was made: events a second. */
export const rateFromNow = (): ((more: number) => number) => {
  const startedAt = performance.now();
  let count = 0;
  return (more) => (count += more) / Math.max(0.001, (performance.now() - startedAt) / 1_000);
};
