/** What the api measures. */
import { Counter, Histogram, type Registry } from '@cablehub/process';

/** How a batch of events ended. */
export type BatchOutcome = 'appended' | 'invalid' | 'version_conflict' | 'too_large' | 'unconfirmed' | 'unavailable';

export type ApiMetrics = {
  readonly requests: Counter<'route' | 'method' | 'status'>;
  readonly events: Counter<'type'>;
  readonly appendSeconds: Histogram;
  readonly batches: Counter<'outcome'>;
};

export const apiMetrics = (registry: Registry): ApiMetrics => {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'cablehub_api_requests_total',
      help: 'Requests answered, by route, method and status.',
      labelNames: ['route', 'method', 'status'],
      registers,
    }),
    events: new Counter({
      name: 'cablehub_api_events_appended_total',
      help: 'Events appended to the log, without repetitions, by type.',
      labelNames: ['type'],
      registers,
    }),
    appendSeconds: new Histogram({
      name: 'cablehub_api_append_seconds',
      help: 'Seconds until the log had acknowledged a whole batch.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    batches: new Counter({
      name: 'cablehub_api_batches_total',
      help: 'Batches of events, by how they ended.',
      labelNames: ['outcome'],
      registers,
    }),
  };
};
