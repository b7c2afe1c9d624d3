/** The gateway as a process of its own. */
import { createLogger, processSettings, readSettings, runApp } from '@cablehub/process';
import { startGateway } from './gateway.ts';
import { gatewaySettings } from './settings.ts';

const settings = () => readSettings({ ...processSettings, ...gatewaySettings }, process.env);

await runApp(
  () => createLogger({ app: 'gateway', level: settings().LOG_LEVEL }),
  (context) => startGateway(settings(), context),
);
