/** Files in a map: for specifications. */
import { partOf, type Attachments, type FileDescription } from './attachments.ts';

export type MemoryAttachments = Attachments & {
  /** The keys of what is kept. */
  readonly keys: () => readonly string[];
};

type Kept = FileDescription & { readonly bytes: Uint8Array; readonly storedAt: number };

export const memoryAttachments = ({ capacityBytes = Infinity } = {}): MemoryAttachments => {
  const files = new Map<string, Kept>();
  const taken = (): number => [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    keys: () => [...files.keys()],
    put: async ({ key, name, contentType, bytes, maxBytes }) => {
      const chunks: Uint8Array[] = [];
      let sizeBytes = 0;
      for await (const chunk of bytes) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) return { ok: false, reason: 'too_large' };
        if (taken() + sizeBytes > capacityBytes) return { ok: false, reason: 'full' };
        chunks.push(Uint8Array.from(chunk));
      }
      files.set(key, { name, contentType, bytes: Buffer.concat(chunks), storedAt: Date.now() });
      return { ok: true, sizeBytes };
    },
    get: async (key) => {
      const file = files.get(key);
      if (file === undefined) return null;
      const { bytes, ...described } = file;
      return {
        ...described,
        sizeBytes: bytes.length,
        read: (first = 0, last = bytes.length - 1) => partOf(only(bytes), { skip: first, take: last + 1 - first }),
      };
    },
    delete: async (key) => void files.delete(key),
    list: async () =>
      [...files.keys()].map((key) => ({ key, lastKeptAt: async () => files.get(key)?.storedAt ?? null })),
  };
};

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
