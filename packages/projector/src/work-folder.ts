/**
 * A folder in which a command rebuilds views, beside those of the projector: what is offered must lie on the same disk.
 *
 * A command that is killed leaves its folder, which can be as large as the views; the next command removes it. A folder is
 * left alone as long as the one who made it lives, as its claim says.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { claimFile, ViewsFault } from './database.ts';

export type WorkFolder = { readonly path: string; readonly remove: () => void };

const CLAIM = 'claim';
const NAMES = /^(replay|verify)-/;
/** A folder without a claim may be one whose maker is about to claim it. */
const JUST_MADE_MS = 60_000;

/** Another may take a folder for abandoned in the moment before it is claimed, and remove it. */
const ATTEMPTS = 5;

/** Makes a folder, whose claim lasts until `remove`; removes those that others have left. Faults: ViewsFault. */
export const openWorkFolder = (parent: string, name: 'replay' | 'verify'): WorkFolder => {
  removeAbandoned(parent);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const path = mkdtempSync(join(parent, `${name}-`));
    const claim = join(path, CLAIM);
    const release = claimFile(claim);
    if (release !== null && existsSync(claim))
      return {
        path,
        remove: () => {
          rmSync(path, { recursive: true, force: true });
          release();
        },
      };
    release?.();
  }
  throw new ViewsFault(`no folder can be made in ${parent}`);
};

const removeAbandoned = (parent: string): void => {
  for (const entry of readdirSync(parent, { withFileTypes: true }))
    if (entry.isDirectory() && NAMES.test(entry.name)) removeIfAbandoned(join(parent, entry.name));
};

const removeIfAbandoned = (path: string): void => {
  const claim = join(path, CLAIM);
  const isClaimable = existsSync(claim);
  if (!isClaimable && ageOf(path) < JUST_MADE_MS) return;
  const release = isClaimable ? claimFile(claim) : null;
  if (isClaimable && release === null) return;
  // Under the claim: whoever claims it next must find that it is gone.
  rmSync(path, { recursive: true, force: true });
  release?.();
};

/** In milliseconds; 0 when it is gone. */
const ageOf = (path: string): number => {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  return Date.now() - mtimeMs;
};
