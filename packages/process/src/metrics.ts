/** Metrics of a process, in Prometheus' text format. One registry per process, given to each app in it. */
import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * How often the event loop is looked at, in ms. `nodejs_eventloop_lag_*` are the times from one look to the next: an event loop that
 * nothing holds up shows this interval, and what is beyond it is delay.
 */
export const EVENT_LOOP_SAMPLE_MS = 100;

export const createMetrics = (): Registry => {
  const registry = new Registry();
  // Each look wakes the process: every 10 ms, which is the default, costs more than a thousand idle sockets.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  return registry;
};
