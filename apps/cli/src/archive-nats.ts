/** NATS for a command that works whether the hub runs or not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connectNats, type NatsLink } from '@cablehub/log';
import { createLogger, type NatsPlace } from '@cablehub/process';
import { forgetRunningHub, isAlive, natsPlace, readRunningHub, writeRunningHub, type Place } from './data-dir.ts';
import { startLocalNats } from './local-nats.ts';

/** True when a hub runs in this folder; without one, NATS_URL may still name the NATS of another. */
export const isHubRunning = ({ DATA_DIR }: Place): boolean => {
  const last = readRunningHub(DATA_DIR);
  return last !== null && last.pid !== process.pid && isAlive(last.pid);
};

/**
 * Does something with the log of a place: on NATS_URL, on the NATS of the hub that runs there, or on a nats-server started
 * for as long as it takes. While that one runs, no hub starts in the folder. Faults: Failure when there is no log there,
 * unless `create`.
 */
export const withNats = async <T>(
  place: Place,
  { create = false }: { readonly create?: boolean },
  use: (link: NatsLink) => Promise<T>,
): Promise<T> => {
  const { DATA_DIR } = place;
  const isThere = place.NATS_URL !== undefined || isHubRunning(place);
  if (isThere || !(create || existsSync(join(DATA_DIR, 'nats')))) return connected(natsPlace(place), use);
  const nats = await startLocalNats({
    dataDir: DATA_DIR,
    logger: createLogger({ app: 'nats', level: 'silent' }),
    onStart: (natsPid, url) => writeRunningHub(DATA_DIR, { pid: process.pid, natsUrl: url, natsPid }),
  });
  try {
    return await connected({ url: nats.url }, use);
  } finally {
    await nats.stop();
    forgetRunningHub(DATA_DIR);
  }
};

const connected = async <T>(nats: NatsPlace, use: (link: NatsLink) => Promise<T>): Promise<T> => {
  const link = await connectNats({ ...nats, name: 'cablehub-operator' });
  try {
    return await use(link);
  } finally {
    await link.close();
  }
};
