/** Which charts there are, and what each draws of a point (pure). */
import type { HealthPoint, Line } from './series.ts';

export type Chart = {
  readonly title: string;
  readonly unit: string;
  readonly about: string;
  /** Nothing is measured while nothing happens. */
  readonly hasGaps: boolean;
  readonly lines: readonly Line[];
};

const line = (label: string, valueOf: Line['valueOf']): Line => ({ label, valueOf });

/** The charts, given the outcomes of resumes that were seen. */
export const charts = (outcomes: readonly string[]): readonly Chart[] => [
  {
    title: 'Connections',
    unit: '',
    about: 'Sockets that are open, on all gateways',
    hasGaps: false,
    lines: [line('connections', ({ connections }) => connections)],
  },
  {
    title: 'Frames',
    unit: '/s',
    about: 'Sent to clients, each second',
    hasGaps: false,
    lines: [line('frames', (point) => point.frames_per_second)],
  },
  {
    title: 'Delivery',
    unit: 'ms',
    about: 'From the delivery’s publication to the socket',
    hasGaps: true,
    lines: [line('median', (point) => point.delivery_p50_ms), line('99 %', (point) => point.delivery_p99_ms)],
  },
  {
    title: 'Projector lag',
    unit: '',
    about: 'Events that are in the log, but not in the views yet',
    hasGaps: false,
    lines: [line('events', (point) => point.projector_lag_events)],
  },
  {
    title: 'Presence',
    unit: '',
    about: 'Users and customers who are there',
    hasGaps: false,
    lines: [line('present', ({ presence }) => presence)],
  },
  {
    title: 'Resumes',
    unit: '',
    about: 'Clients that came back, by how it went',
    hasGaps: false,
    lines:
      outcomes.length === 0
        ? [line('resumes', none)]
        : outcomes.map((name) => line(name.replaceAll('_', ' '), outcome(name))),
  },
];

const none = ({ resumes }: HealthPoint): number | null => (resumes === null ? null : 0);
const outcome =
  (name: string) =>
  ({ resumes }: HealthPoint): number | null =>
    resumes === null ? null : (resumes[name] ?? 0);
