import { createLogger, readSettings, runApp } from '@cablehub/process';
import { startProjector } from './projector.ts';
import { projectorSettings } from './settings.ts';

const settings = (): ReturnType<typeof readSettings<typeof projectorSettings>> =>
  readSettings(projectorSettings, process.env);

await runApp(
  () => createLogger({ app: 'projector', level: settings().LOG_LEVEL }),
  (context) => startProjector(settings(), context),
);
