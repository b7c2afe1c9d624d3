/** Metrics of a process, in Prometheus' text format. One registry per process, given to each app in it. */
import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

const EVENT_LOOP_SAMPLE_MS = 50;

export const createMetrics = (): Registry => {
  const registry = new Registry();
  // A sample of the event loop wakes the process: every 10 ms, which is the default, costs more than a thousand idle sockets.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  return registry;
};
