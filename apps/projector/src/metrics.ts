/** What the projector measures. No label carries an account: their number has no bound. */
import { Counter, Gauge, type Registry } from '@cablehub/process';
import type { Batch } from '@cablehub/projector';

export type ProjectorMetrics = {
  readonly took: (batch: Batch, behind: number, now: number) => void;
  readonly typed: (frames: number) => void;
  readonly leading: (isHeld: boolean) => void;
};

export const projectorMetrics = (registry: Registry): ProjectorMetrics => {
  const registers = [registry];
  const prefix = 'cablehub_projector_';
  const events = new Counter({ name: `${prefix}events_total`, help: 'Events folded into the views.', registers });
  const deliveries = new Counter({ name: `${prefix}deliveries_total`, help: 'Deliveries published.', registers });
  const parked = new Counter({ name: `${prefix}parked_total`, help: 'Events no projection could take.', registers });
  const typing = new Counter({ name: `${prefix}typing_total`, help: 'Typing frames sent.', registers });
  const position = new Gauge({ name: `${prefix}position`, help: 'The position the views are true for.', registers });
  const lag = new Gauge({ name: `${prefix}lag_events`, help: 'Positions the views are behind the log.', registers });
  const age = new Gauge({
    name: `${prefix}lag_seconds`,
    help: 'Age of the last folded event when it was folded.',
    registers,
  });
  const leader = new Gauge({ name: `${prefix}leader`, help: '1 while this replica works.', registers });
  return {
    took: (batch, behind, now) => {
      events.inc(batch.events);
      deliveries.inc(batch.deliveries);
      parked.inc(batch.parked.length);
      position.set(batch.position);
      lag.set(behind);
      age.set(Math.max(0, now - batch.recordedAt) / 1_000);
    },
    typed: (frames) => typing.inc(frames),
    leading: (isHeld) => leader.set(isHeld ? 1 : 0),
  };
};
