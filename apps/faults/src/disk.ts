/** A small disk that can be full: a tmpfs, where mounting is allowed. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export type Disk = {
  /** Leaves not a byte. */
  readonly fill: () => void;
  readonly empty: () => void;
  readonly close: () => void;
};

const SIZE_MB = 128;

/** Mounts it over a folder; null when that is not allowed here. */
export const openDisk = (folder: string): Disk | null => {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', folder], {
    stdio: 'ignore',
  });
  if (status !== 0) return null;
  const ballast = join(folder, 'ballast');
  return {
    fill: () => {
      const file = openSync(ballast, 'w');
      // Ever smaller pieces, so that nothing is left over.
      for (const bytes of [1 << 20, 4_096]) while (fits(file, Buffer.alloc(bytes)));
      closeSync(file);
    },
    empty: () => rmSync(ballast, { force: true }),
    // Lazily: whoever has a file open was just killed, and may not be quite gone.
    close: () => void spawnSync('umount', ['-l', folder], { stdio: 'ignore' }),
  };
};

const fits = (file: number, piece: Buffer): boolean => {
  try {
    return writeSync(file, piece) === piece.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
};
