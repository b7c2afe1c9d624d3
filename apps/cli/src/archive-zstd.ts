/**
 * zstd, with the Node that has it: from 22.15 and 23.8 on.
 *
 * Node unpacks one frame and stops there, so each of ours is announced by its length in a skippable frame, which other
 * programs pass over. A file that another program packed, in one frame, is read as a stream.
 */
import { pipeline, type Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

type Done = (error: Error | null, result: Buffer) => void;
/** What the types of the oldest Node supported do not know. */
type Zstd = {
  readonly zstdCompress: (bytes: Buffer, done: Done) => void;
  readonly zstdDecompress: (bytes: Buffer, done: Done) => void;
  readonly createZstdDecompress: () => Transform;
};
const { zstdCompress, zstdDecompress, createZstdDecompress } = zlib as unknown as Partial<Zstd>;

/** The first bytes of a skippable frame; its length follows, always 4, and then the length of the frame after it. */
const ANNOUNCEMENT = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]);
const ANNOUNCEMENT_BYTES = ANNOUNCEMENT.length + 4;

export type ZstdCodec = {
  readonly compress: (bytes: Buffer) => Promise<Buffer>;
  readonly decompress: (source: Readable) => AsyncIterable<Uint8Array>;
};

/** Null where Node has none. */
export const zstdCodec = (): ZstdCodec | null => {
  if (zstdCompress === undefined || zstdDecompress === undefined || createZstdDecompress === undefined) return null;
  const [pack, unpack] = [promisify(zstdCompress), promisify(zstdDecompress)];
  return {
    compress: async (bytes) => {
      const frame = await pack(bytes);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(frame.length);
      return Buffer.concat([ANNOUNCEMENT, length, frame]);
    },
    decompress: async function* (source) {
      const taking = taker(source);
      for (let head = await taking(ANNOUNCEMENT_BYTES); head.length > 0; head = await taking(ANNOUNCEMENT_BYTES)) {
        if (!head.subarray(0, ANNOUNCEMENT.length).equals(ANNOUNCEMENT)) {
          source.unshift(head);
          yield* pipeline(source, createZstdDecompress(), () => undefined);
          return;
        }
        yield await unpack(await taking(head.readUInt32LE(ANNOUNCEMENT.length)));
      }
    },
  };
};

/** Takes so many bytes from a stream; fewer only at its end. */
const taker = (source: Readable): ((count: number) => Promise<Buffer>) => {
  let failure: Error | null = null;
  source.on('error', (error) => (failure = error));
  return async (count) => {
    for (;;) {
      if (failure !== null) throw failure;
      const bytes = source.read(count) as Buffer | null;
      if (bytes !== null) return bytes;
      if (source.readableEnded || source.destroyed) return Buffer.alloc(0);
      await new Promise<void>((resolve) => {
        for (const event of ['readable', 'end', 'error', 'close']) source.once(event, () => resolve());
      });
    }
  };
};
