/** `npm run demo`: plays the article's story on the hub that runs, and checks who hears what. */
import { run, setUp } from './set-up.mjs';

setUp({ nats: false });
process.exit(run(process.execPath, ['apps/cli/dist/main.js', 'demo', ...process.argv.slice(2)]));
