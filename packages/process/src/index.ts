export { runApp, untilAskedToStop, type ProcessContext, type RunningApp } from './app.ts';
export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { Counter, createMetrics, Gauge, Histogram, Registry } from './metrics.ts';
export {
  list,
  logLevels,
  natsUrlOf,
  port,
  processSettings,
  readSettings,
  SettingsError,
  wholeNumber,
} from './settings.ts';
