import { createLogger, readSettings, runApp } from '@cablehub/process';
import { startApi } from './api.ts';
import { apiSettings } from './settings.ts';

const settings = () => readSettings(apiSettings, process.env);

await runApp(
  () => createLogger({ app: 'api', level: settings().LOG_LEVEL }),
  (context) => startApi(settings(), context),
);
