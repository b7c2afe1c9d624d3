/** Presence as a process of its own. */
import { createLogger, readSettings, runApp } from '@cablehub/process';
import { startPresence } from './app.ts';
import { presenceSettings } from './settings.ts';

await runApp(
  () => createLogger({ app: 'presence', level: readSettings(presenceSettings, process.env).LOG_LEVEL }),
  (context) => startPresence(readSettings(presenceSettings, process.env), context),
);
