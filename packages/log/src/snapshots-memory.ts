/** Snapshots in a map: for tests, and to read first. */
import { hash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { furthestFirst, nameOf, SNAPSHOTS_KEPT, type Snapshot, type Snapshots } from './snapshots.ts';

export type MemorySnapshots = Snapshots & {
  /** Changes the bytes that are kept under a name, as a failing disk would. */
  readonly damage: (name: string) => void;
};

export const memorySnapshots = (): MemorySnapshots => {
  const kept = new Map<string, { readonly snapshot: Snapshot; readonly bytes: Buffer }>();
  const list = (): Snapshot[] => [...kept.values()].map(({ snapshot }) => snapshot).toSorted(furthestFirst);
  return {
    list: async () => list(),
    put: async (file, of) => {
      const bytes = await readFile(file);
      const snapshot = { ...of, name: nameOf(of), sha256: sha256Of(bytes), sizeBytes: bytes.length };
      kept.set(snapshot.name, { snapshot, bytes });
      for (const { name } of list().slice(SNAPSHOTS_KEPT)) kept.delete(name);
      return snapshot;
    },
    fetch: async ({ name, sha256 }, file) => {
      const bytes = kept.get(name)?.bytes;
      const isWhole = bytes !== undefined && sha256Of(bytes) === sha256;
      if (isWhole) await writeFile(file, bytes);
      else await rm(file, { force: true });
      if (isWhole) return { ok: true };
      return { ok: false, reason: bytes === undefined ? 'gone' : 'damaged' };
    },
    damage: (name) => {
      const found = kept.get(name);
      if (found !== undefined) kept.set(name, { ...found, bytes: Buffer.concat([found.bytes, Buffer.from('x')]) });
    },
  };
};

const sha256Of = (bytes: Buffer): string => hash('sha256', bytes, 'hex');
