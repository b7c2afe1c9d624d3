/**
 * Puts one file: at once when it is small, else in parts, one after the other, so that no more than two parts are in memory.
 *
 * A note of an upload in parts is kept before the first of them: no server shows an object whose parts are not all there, and
 * few tell of the parts. By its note what is left of an upload can be found and removed when its process has died.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import type { NewFile } from '@cablehub/log';
import { asked, found, type Bucket } from './bucket.ts';
import { fileAt, noteAt } from './keys.ts';

/** The least that a part may have, but for the last: ten thousand of them are more than any file may have. */
export const PART_BYTES = 5_242_880;
/** What the name is called in an object's metadata: in base64url, since headers are ASCII. */
export const NAME = 'name';

export type Upload = {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly end: () => Promise<void>;
  /** Removes whatever the server has of it, maybe all. */
  readonly abandon: () => Promise<void>;
  readonly sizeBytes: () => number;
};

/** Faults: `s3_unavailable`. */
export const putting = (bucket: Bucket, file: Pick<NewFile, 'key' | 'name' | 'contentType'>): Upload => {
  const { client } = bucket;
  const object = { Bucket: bucket.name, Key: fileAt(file.key) };
  const note = { Bucket: bucket.name, Key: noteAt(file.key) };
  const described = {
    ...object,
    ContentType: file.contentType,
    Metadata: { [NAME]: Buffer.from(file.name).toString('base64url') },
  };
  const parts: CompletedPart[] = [];
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let sentBytes = 0;
  let uploadId: string | undefined;
  let isBegun = false;

  const begin = async (): Promise<string> => {
    const { UploadId: id } = await asked(client.send(new CreateMultipartUploadCommand(described)));
    uploadId = id!;
    await asked(client.send(new PutObjectCommand({ ...note, Body: uploadId })));
    return uploadId;
  };
  const sendPart = async (body: Uint8Array): Promise<void> => {
    isBegun = true;
    const UploadId = uploadId ?? (await begin());
    const PartNumber = parts.length + 1;
    const part = new UploadPartCommand({ ...object, UploadId, PartNumber, Body: body });
    const { ETag } = await asked(client.send(part));
    parts.push({ ETag, PartNumber });
    sentBytes += body.length;
  };
  /** The first bytes of what is held. */
  const taken = (bytes: number): Uint8Array => {
    const all = Buffer.concat(held);
    held = bytes < all.length ? [all.subarray(bytes)] : [];
    heldBytes = all.length - Math.min(bytes, all.length);
    return all.subarray(0, bytes);
  };

  return {
    write: async (bytes) => {
      held.push(bytes);
      heldBytes += bytes.length;
      // More than a part: one that is as large as a part goes at once.
      while (heldBytes > PART_BYTES) await sendPart(taken(PART_BYTES));
    },
    end: async () => {
      const rest = taken(heldBytes);
      if (uploadId === undefined) {
        isBegun = true;
        await asked(client.send(new PutObjectCommand({ ...described, Body: rest })));
        sentBytes = rest.length;
        return;
      }
      await sendPart(rest);
      const whole = { ...object, UploadId: uploadId, MultipartUpload: { Parts: parts } };
      await asked(client.send(new CompleteMultipartUploadCommand(whole)));
      // The file is whole: a note that stays is no reason to say that it is not.
      await client.send(new DeleteObjectCommand(note)).catch(() => undefined);
    },
    abandon: async () => {
      if (uploadId !== undefined) await giveUp(bucket, file.key, uploadId);
      if (isBegun) await asked(client.send(new DeleteObjectCommand(object)));
    },
    sizeBytes: () => sentBytes + heldBytes,
  };
};

/** Removes a file, and what is left of an upload of it. Faults: `s3_unavailable`. */
export const remove = async (bucket: Bucket, key: string): Promise<void> => {
  const { client } = bucket;
  const note = new GetObjectCommand({ Bucket: bucket.name, Key: noteAt(key) });
  await asked(client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: fileAt(key) })));
  const uploadId = await found(client.send(note).then(({ Body: body }) => body!.transformToString()));
  if (uploadId !== null) await giveUp(bucket, key, uploadId);
};

/** The note goes last: while it is there, what it speaks of can be found. */
const giveUp = async ({ client, name }: Bucket, key: string, uploadId: string): Promise<void> => {
  const upload = { Bucket: name, Key: fileAt(key), UploadId: uploadId };
  await found(client.send(new AbortMultipartUploadCommand(upload)));
  await asked(client.send(new DeleteObjectCommand({ Bucket: name, Key: noteAt(key) })));
};
