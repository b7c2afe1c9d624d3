/** How an app of the hub starts and stops as a process of its own. */
import type { Logger } from './logger.ts';
import { createMetrics, type Registry } from './metrics.ts';
import { SettingsError } from './settings.ts';

/** What the process gives to each app in it. */
export type ProcessContext = {
  readonly logger: Logger;
  readonly metrics: Registry;
};

/** An app that is up. */
export type RunningApp = {
  /** Ends its work in order: takes no more, finishes what it has, closes what it opened. */
  readonly stop: () => Promise<void>;
  /** Rejects when the app cannot go on; never resolves before `stop`. */
  readonly failed?: Promise<never>;
};

/** Resolves with the first signal that asks the process to end: Ctrl-C, a supervisor, a terminal that is closed. */
export const untilAskedToStop = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
  });

/** Runs an app until the process is asked to stop, or the app fails. Sets the exit code: 0 asked, 1 failed, 2 bad setting. */
export const runApp = async (
  createLogger: () => Logger,
  start: (context: ProcessContext) => Promise<RunningApp>,
): Promise<void> => {
  try {
    const logger = createLogger();
    const asked = untilAskedToStop();
    const app = await Promise.race([start({ logger, metrics: createMetrics() }), asked]);
    // Asked while it starts, which can take as long as it waits for others: nothing of it is up yet.
    if (typeof app === 'string') process.exit(0);
    const signal = await Promise.race([asked, app.failed ?? new Promise<never>(() => undefined)]);
    logger.info({ signal }, 'stopping');
    await app.stop();
  } catch (error) {
    process.exitCode = error instanceof SettingsError ? 2 : 1;
    process.stderr.write(`${error instanceof SettingsError ? error.message : String((error as Error).stack)}\n`);
    process.exit();
  }
};
