/** What presence measures. */
import { Counter, Gauge, type Registry } from '@cablehub/process';

export type PresenceMetrics = {
  readonly beats: Counter<'kind'>;
  readonly frames: Counter<'to'>;
  readonly refusedFrames: Counter;
  readonly changes: Counter;
  readonly failedChanges: Counter<'reason'>;
};

type Measured = {
  readonly present: () => { readonly users: number; readonly contacts: number };
  readonly holdsLease: () => boolean;
};

/** Adds presence's metrics to the process's. The gauges ask at each scrape. */
export const createPresenceMetrics = (registry: Registry, { present, holdsLease }: Measured): PresenceMetrics => {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number): void =>
    void new Gauge({
      name: `cablehub_presence_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('users', 'Users present, summed over accounts', () => present().users);
  gauge('contacts', 'Contacts present, summed over accounts', () => present().contacts);
  gauge('lease_held', 'Whether this replica speaks', () => Number(holdsLease()));
  return {
    beats: new Counter({
      name: 'cablehub_presence_beats_total',
      help: 'Beats heard from gateways, by kind',
      labelNames: ['kind'],
      registers,
    }),
    frames: new Counter({
      name: 'cablehub_presence_frames_total',
      help: 'Snapshots sent, to one member or to all on a lane',
      labelNames: ['to'],
      registers,
    }),
    refusedFrames: new Counter({
      name: 'cablehub_presence_frames_refused_total',
      help: 'Snapshots that could not be sent',
      registers,
    }),
    changes: new Counter({
      name: 'cablehub_presence_availability_changes_total',
      help: 'agent.availability_changed events appended',
      registers,
    }),
    failedChanges: new Counter({
      name: 'cablehub_presence_availability_failures_total',
      help: 'agent.availability_changed events not appended, to be tried again',
      labelNames: ['reason'],
      registers,
    }),
  };
};
