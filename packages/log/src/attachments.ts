/**
 * Files of messages: kept once under a key that nobody can guess, read in part or whole, never changed.
 *
 * Neither way is a file whole in memory: it is taken as fast as it can be stored and given as fast as it is read. A file is
 * there when its putting has ended well, and not before. Three adapters keep the promises: a JetStream object store
 * (attachments-jetstream.ts), a bucket of S3 (with the api, which alone keeps files there) and a map (attachments-memory.ts),
 * held to them by attachments.contract.ts.
 */

/** What is known of a file beside its bytes. */
export type FileDescription = {
  /** What its sender called it. */
  readonly name: string;
  /** Its media type. */
  readonly contentType: string;
};

export type NewFile = FileDescription & {
  /** Letters, digits, "-" and "_"; one that no file has had. */
  readonly key: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** A file that is larger is not kept. */
  readonly maxBytes: number;
};

export type PutFile =
  | { readonly ok: true; readonly sizeBytes: number }
  /** Nothing of it is kept: it is larger than `maxBytes`, or there is no room for it. */
  | { readonly ok: false; readonly reason: 'too_large' | 'full' };

export type StoredFile = FileDescription & {
  readonly sizeBytes: number;
  /** When it was kept, in Unix ms. */
  readonly storedAt: number;
  /** Its bytes from `first` (default 0) to `last` inclusive (default the end). Faults: those of the store, `file_damaged`. */
  readonly read: (first?: number, last?: number) => AsyncIterable<Uint8Array>;
};

/** All its faults are those of a store that is away, `nats_unavailable` or `s3_unavailable`, unless it says otherwise. */
export interface Attachments {
  /** Keeps a file. When its bytes end in an error, nothing of it is kept and the error is thrown. */
  put(file: NewFile): Promise<PutFile>;
  /** Null: there is none. */
  get(key: string): Promise<StoredFile | null>;
  /** Removes a file, if there is one, or what is kept of one that is not whole. */
  delete(key: string): Promise<void>;
  /** Everything that is kept at the time of the call, in no order. */
  list(): Promise<readonly ListedFile[]>;
}

/** A file, or what has been kept so far of one whose putting has not ended, or never will. */
export type ListedFile = {
  readonly key: string;
  /** When the last of it was kept, or for one that is not whole its first, in Unix ms by the clock of the store; null: it is gone. */
  readonly lastKeptAt: () => Promise<number | null>;
};

/** The part of some bytes that is wanted: `skip` of them are left out first, then at most `take` come. */
export async function* partOf(
  bytes: AsyncIterable<Uint8Array>,
  { skip, take }: { readonly skip: number; readonly take: number },
): AsyncGenerator<Uint8Array> {
  let before = skip;
  let left = take;
  if (left <= 0) return;
  for await (const chunk of bytes) {
    const part = chunk.subarray(before, before + left);
    before = Math.max(0, before - chunk.length);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) return;
  }
}
