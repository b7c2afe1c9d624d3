import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Attachments, NewFile } from '@cablehub/log';
import { describeAttachments, inPieces } from '@cablehub/log/testing';
import { SettingsError } from '@cablehub/process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { s3Attachments } from './attachments.ts';
import { bucketAt, type Bucket } from './bucket.ts';
import { openBucket } from './opening.ts';
import { s3Fixture, type S3Fixture } from './s3.fixture.ts';
import { PART_BYTES, putting } from './upload.ts';

describe('files in S3', () => {
  let s3: S3Fixture;
  let bucket: Bucket;
  let attachments: Attachments;
  beforeEach(async () => {
    s3 = await s3Fixture();
    bucket = bucketAt(s3.place);
    attachments = s3Attachments(bucket);
  });
  afterEach(async () => {
    bucket.client.destroy();
    await s3.close();
  });

  const objects = async () =>
    (await bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.name }))).Contents ?? [];
  const keptBytes = async (): Promise<number> =>
    (await objects()).reduce((sum, { Size: size = 0 }) => sum + size, s3.unfinishedBytes());
  const file = (bytes: AsyncIterable<Uint8Array>, rest: Partial<NewFile> = {}): NewFile => ({
    key: '1_key',
    name: 'übersicht 1.png',
    contentType: 'image/png',
    maxBytes: 100_000_000,
    bytes,
    ...rest,
  });
  const read = async (key: string, ...part: readonly number[]): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await attachments.get(key))!.read(...part)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  /** Two parts of a file are with the server when its process ends. */
  const halfWritten = async (key: string): Promise<void> => {
    const upload = putting(bucket, { key, name: 'a.bin', contentType: 'application/zip' });
    for await (const bytes of inPieces(randomBytes(2 * PART_BYTES + 1))) await upload.write(bytes);
    expect(s3.unfinishedBytes()).toBe(2 * PART_BYTES);
  };

  describeAttachments('S3', async () => ({ attachments, keptBytes }));

  it('are put in as few parts as there may be, and read back byte for byte', async () => {
    const sizes = [PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 3 * PART_BYTES + 5];
    for (const [index, size] of sizes.entries()) {
      const bytes = randomBytes(size);
      const key = `1_${index}`;
      expect(await attachments.put(file(inPieces(bytes, 70_001), { key }))).toEqual({ ok: true, sizeBytes: size });
      expect((await read(key)).equals(bytes), `${size} bytes`).toBe(true);
      const part = await read(key, PART_BYTES - 3, size);
      expect(part.equals(bytes.subarray(PART_BYTES - 3)), `the end of ${size} bytes`).toBe(true);
    }
    expect(s3.completed(), 'uploads in parts').toBe(3);
    expect((await objects()).map(({ Key: key }) => key)).toEqual(sizes.map((_, index) => `files/1_${index}`));
  });

  it('are objects with a type, as other programs see them', async () => {
    await attachments.put(file(inPieces(randomBytes(10))));
    const object = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: 'files/1_key' }));
    expect(object).toMatchObject({ ContentType: 'image/png', ContentLength: 10 });
  });

  it('are read at the pace of the reader', async () => {
    await attachments.put(file(inPieces(randomBytes(8_000_000))));
    for await (const chunk of (await attachments.get('1_key'))!.read()) if (chunk.length > 0) break;
    expect(s3.sentBytes()).toBeGreaterThan(0);
    expect(s3.sentBytes()).toBeLessThan(2_000_000);
  });

  it('are not there before they are whole, are listed since their first part, and what is left of them is removed', async () => {
    await halfWritten('1_half');
    expect(await attachments.get('1_half')).toBeNull();
    const [left, ...others] = await attachments.list();
    expect([left?.key, others]).toEqual(['1_half', []]);
    expect(await left!.lastKeptAt()).toBeGreaterThan(0);
    await attachments.delete('1_half');
    expect([await left!.lastKeptAt(), await attachments.list(), await keptBytes()]).toEqual([null, [], 0]);
  });

  it('leave no part behind when they are too large or break off', async () => {
    const larger = file(inPieces(randomBytes(2 * PART_BYTES)), { maxBytes: 2 * PART_BYTES - 1 });
    expect(await attachments.put(larger)).toEqual({ ok: false, reason: 'too_large' });
    const broken = file(
      (async function* () {
        yield* inPieces(randomBytes(2 * PART_BYTES + 1));
        throw new RangeError('the line was cut');
      })(),
    );
    await expect(attachments.put(broken)).rejects.toThrow(new RangeError('the line was cut'));
    expect([await objects(), await keptBytes()]).toEqual([[], 0]);
  });

  it('are all listed, however many there are', async () => {
    const puts = Array.from({ length: 1_005 }, (_, index) => ({ Bucket: bucket.name, Key: `files/1_${index}` }));
    for (const put of puts) await bucket.client.send(new PutObjectCommand({ ...put, Body: 'a' }));
    expect(await attachments.list()).toHaveLength(1_005);
  });

  it('leave alone what is not theirs in the bucket', async () => {
    const others = { Bucket: bucket.name, Key: '1_of-somebody-else' };
    await bucket.client.send(new PutObjectCommand({ ...others, Body: 'a' }));
    expect([await attachments.list(), await attachments.get('1_of-somebody-else')]).toEqual([[], null]);
  });

  it.each([
    [507, 'XMinioStorageFull'],
    [403, 'QuotaExceeded'],
  ])('say when there is no room (%i %s)', async (status, code) => {
    s3.answerWith({ status, code });
    expect(await attachments.put(file(inPieces(randomBytes(10))))).toEqual({ ok: false, reason: 'full' });
  });

  it('end in a fault when the object is not one of the hub’s, or is gone under its reader', async () => {
    const foreign = { Bucket: bucket.name, Key: 'files/1_foreign' };
    await bucket.client.send(new PutObjectCommand({ ...foreign, Body: 'a' }));
    await expect(attachments.get('1_foreign')).rejects.toMatchObject({ code: 'file_damaged' });
    await attachments.put(file(inPieces(randomBytes(3_000_000))));
    const reading = async (): Promise<void> => {
      for await (const chunk of (await attachments.get('1_key'))!.read())
        if (chunk.length > 0) await attachments.delete('1_key');
    };
    await expect(reading()).rejects.toMatchObject({ code: 'file_damaged' });
  });

  it('end in a fault, without a secret in it, when the server refuses or is away, also within a file', async () => {
    const unavailable = { code: 's3_unavailable', message: 'the attachments cannot be reached' };
    await attachments.put(file(inPieces(randomBytes(3_000_000)), { key: '1_whole' }));
    const [whole] = await attachments.list();
    const reading = (await attachments.get('1_whole'))!.read()[Symbol.asyncIterator]();
    s3.answerWith({ status: 403, code: 'AccessDenied' });
    await expect(attachments.get('1_whole')).rejects.toMatchObject(unavailable);
    s3.answerWith(null);
    const bytes = (async function* () {
      yield* inPieces(randomBytes(PART_BYTES + 1));
      await s3.close();
      yield* inPieces(randomBytes(2 * PART_BYTES));
    })();
    await expect(attachments.put(file(bytes))).rejects.toMatchObject(unavailable);
    await expect(reading.next()).rejects.toMatchObject(unavailable);
    await expect(whole!.lastKeptAt()).rejects.toMatchObject(unavailable);
    await expect(attachments.delete('1_key')).rejects.toMatchObject(unavailable);
    const fault: unknown = await attachments.list().catch((error: unknown) => error);
    expect(fault).toMatchObject(unavailable);
    expect(inspect(fault, { depth: 20, showHidden: true })).not.toContain(s3.place.credentials.secretAccessKey);
  });

  describe('a bucket', () => {
    const faults: unknown[] = [];
    beforeEach(() => void faults.splice(0));
    const open = (place = s3.place) => openBucket(place, (fault) => faults.push(fault));

    it('is opened when it takes files', async () => {
      const { files, close } = await open();
      expect(await files.put(file(inPieces(randomBytes(10))))).toEqual({ ok: true, sizeBytes: 10 });
      expect(faults).toEqual([]);
      close();
    });

    it('that is not there, or whose server refuses us, is a setting that cannot be used', async () => {
      const missing = open({ ...s3.place, bucket: 'of-nobody' });
      await expect(missing).rejects.toThrow(/ATTACHMENTS_S3_URL: http:\S+ has no bucket of-nobody; make it/);
      s3.answerWith({ status: 403, code: 'SignatureDoesNotMatch' });
      const refused = open();
      await expect(refused).rejects.toBeInstanceOf(SettingsError);
      await expect(refused).rejects.toThrow(/403 SignatureDoesNotMatch\); see to ATTACHMENTS_S3_CREDENTIALS_FILE/);
    });

    it('whose server is away is opened, and said to be away', async () => {
      await s3.close();
      const { files, close } = await open();
      expect(faults).toMatchObject([{ code: 's3_unavailable' }]);
      await expect(files.list()).rejects.toMatchObject({ code: 's3_unavailable' });
      close();
    });
  });
});
