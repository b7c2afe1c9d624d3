/** What a running hub leaves in its DATA_DIR for the other commands: where NATS is, and that it runs. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsPlaceOf, type NatsPlace, type NatsSettings } from '@cablehub/process';
import { z } from 'zod';
import { Failure } from './failure.ts';

const running = z.object({
  /** The process that runs the hub. */
  pid: z.int().positive(),
  natsUrl: z.string(),
  /** The nats-server that the hub started; null: NATS_URL named another. */
  natsPid: z.int().positive().nullable(),
});
export type RunningHub = z.infer<typeof running>;

const fileIn = (dataDir: string): string => join(dataDir, 'hub.json');

/** What the last hub in this folder left, whether it still runs or not; null: nothing, or nothing readable. */
export const readRunningHub = (dataDir: string): RunningHub | null => {
  try {
    return running.parse(JSON.parse(readFileSync(fileIn(dataDir), 'utf8')));
  } catch {
    return null; // never started here, or half a file after a power cut: both mean there is nothing to go by
  }
};

export const writeRunningHub = (dataDir: string, hub: RunningHub): void => {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(fileIn(dataDir), JSON.stringify(hub), { mode: 0o600 });
};

export const forgetRunningHub = (dataDir: string): void => rmSync(fileIn(dataDir), { force: true });

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

export type Place = NatsSettings & { readonly DATA_DIR: string };

/** Where NATS is: by the setting, else that of the hub that runs in this folder. Faults: Failure. */
export const natsPlace = (settings: Place): NatsPlace => {
  const url = settings.NATS_URL ?? readRunningHub(settings.DATA_DIR)?.natsUrl;
  if (url !== undefined) return natsPlaceOf({ ...settings, NATS_URL: url });
  throw new Failure(`no hub runs in ${settings.DATA_DIR}: start one (npm start), or set NATS_URL or DATA_DIR`);
};
