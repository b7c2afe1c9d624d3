/**
 * Files in a bucket of a server that speaks S3: each is one object, with its name and media type, and is there when the
 * server has all of it.
 *
 * It is read in ranges, each asked for when it is wanted: a stranger who reads slowly holds no connection to the server.
 * What an upload in parts has left behind is found by its note (upload.ts).
 */
import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { LogFault, type Attachments, type StoredFile } from '@cablehub/log';
import { asked, found, isFull, type Bucket } from './bucket.ts';
import { FILES, fileAt, NOTES, noteAt } from './keys.ts';
import { NAME, putting, remove } from './upload.ts';

const RANGE_BYTES = 1_048_576;

/** In a bucket that is there. Faults: `s3_unavailable`. */
export const s3Attachments = (bucket: Bucket): Attachments => {
  const head = (at: string): Promise<HeadObjectCommandOutput | null> =>
    found(bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: at })));

  return {
    put: async (file) => {
      const upload = putting(bucket, file);
      try {
        for await (const bytes of file.bytes) {
          if (upload.sizeBytes() + bytes.length > file.maxBytes) {
            await upload.abandon();
            return { ok: false, reason: 'too_large' };
          }
          await upload.write(bytes);
        }
        await upload.end();
      } catch (error) {
        // What cannot be removed now is found by nobody but who lists.
        await upload.abandon().catch(() => undefined);
        if (isFull(error)) return { ok: false, reason: 'full' };
        throw error;
      }
      return { ok: true, sizeBytes: upload.sizeBytes() };
    },
    get: async (key) => {
      const about = await head(fileAt(key));
      return about === null ? null : storedFile(bucket, key, about);
    },
    delete: (key) => remove(bucket, key),
    list: async () => {
      const [whole, begun] = await Promise.all([FILES, NOTES].map((prefix) => asked(keysUnder(bucket, prefix))));
      return [...new Set([...whole!, ...begun!])].map((key) => ({
        key,
        lastKeptAt: async () =>
          ((await head(fileAt(key))) ?? (await head(noteAt(key))))?.LastModified?.getTime() ?? null,
      }));
    },
  };
};

const storedFile = (bucket: Bucket, key: string, about: HeadObjectCommandOutput): StoredFile => {
  const { Metadata: metadata, ContentType: contentType, ContentLength: sizeBytes, LastModified: keptAt } = about;
  const name = metadata?.[NAME];
  if (name === undefined || contentType === undefined || sizeBytes === undefined || keptAt === undefined)
    throw new LogFault('file_damaged', 'what is known of a file has been lost: its object was not put by the hub');
  return {
    name: Buffer.from(name, 'base64url').toString(),
    contentType,
    sizeBytes,
    storedAt: keptAt.getTime(),
    read: (first = 0, last = sizeBytes - 1) => rangesOf(bucket, key, [first, Math.min(last, sizeBytes - 1)]),
  };
};

async function* rangesOf(
  bucket: Bucket,
  key: string,
  [first, last]: readonly [number, number],
): AsyncGenerator<Uint8Array> {
  for (let from = first; from <= last; from += RANGE_BYTES) {
    const to = Math.min(from + RANGE_BYTES - 1, last);
    const range = new GetObjectCommand({ Bucket: bucket.name, Key: fileAt(key), Range: `bytes=${from}-${to}` });
    const bytes = await found(bucket.client.send(range).then(({ Body: body }) => body!.transformToByteArray()));
    if (bytes?.length !== to + 1 - from) throw new LogFault('file_damaged', 'a file has been removed, or is another');
    yield bytes;
  }
}

const keysUnder = async ({ client, name }: Bucket, prefix: string): Promise<readonly string[]> => {
  const keys: string[] = [];
  for await (const { Contents: contents = [] } of paginateListObjectsV2({ client }, { Bucket: name, Prefix: prefix }))
    for (const { Key: key = '' } of contents) keys.push(key.slice(prefix.length));
  return keys;
};
