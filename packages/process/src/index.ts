export { runApp, untilAskedToStop, type ProcessContext, type RunningApp } from './app.ts';
export { HealthFault, openHealth, type Health, type HealthReport } from './health.ts';
export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { Counter, createMetrics, EVENT_LOOP_SAMPLE_MS, Gauge, Histogram, Registry } from './metrics.ts';
export {
  healthSettings,
  list,
  logLevels,
  natsPlaceOf,
  optionalWholeNumber,
  port,
  processSettings,
  readSettings,
  SettingsError,
  wholeNumber,
  type NatsPlace,
  type NatsSettings,
} from './settings.ts';
