import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bucketReading, type BucketReading } from './bucket-reading.ts';
import type { NatsLink } from './connection.ts';
import { RECOVERIES_BUCKET } from './names.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { openBucket } from './tokens.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textIn = (value: Uint8Array | null | undefined): string | null => (value ? Buffer.from(value).toString() : null);

describe('looking up what stands in a bucket', () => {
  let nats: NatsFixture;
  let link: NatsLink;
  let reading: BucketReading;
  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
  });
  afterAll(() => nats.close());
  beforeEach(async () => {
    await nats.clear(link);
    reading = bucketReading(link, RECOVERIES_BUCKET, 5_000);
  });

  it('finds the last of each key and its revision, of more than are asked for at one time', async () => {
    const bucket = await openBucket(link, RECOVERIES_BUCKET);
    const keys = Array.from({ length: 1_000 }, (_, index) => `key-${index}`);
    await bucket.put('key-7', bytes('before'));
    const revisions = await Promise.all(keys.map((key) => bucket.put(key, bytes(`of ${key}`))));
    const found = await Promise.all(keys.map((key) => reading.get(key)));
    expect(found.map((one) => textIn(one?.value))).toEqual(keys.map((key) => `of ${key}`));
    expect(found.map((one) => one?.revision)).toEqual(revisions);
  });

  it('tells what never was from what was removed, and from what is empty', async () => {
    const bucket = await openBucket(link, RECOVERIES_BUCKET);
    await bucket.put('removed', bytes('once'));
    await bucket.delete('removed');
    await bucket.put('empty', new Uint8Array());
    expect(await reading.get('never')).toBeNull();
    expect(await reading.get('removed')).toEqual({ revision: 2, value: null });
    expect(textIn((await reading.get('empty'))?.value ?? null)).toBe('');
  });

  it('fails where the bucket is not there, and when the connection goes', async () => {
    await expect(bucketReading(link, 'no-such-bucket', 5_000).get('key')).rejects.toThrow(/stream not found/);
    const own = await nats.link();
    const asked = bucketReading(own, RECOVERIES_BUCKET, 5_000);
    await asked.get('key');
    await own.connection.close();
    await expect(asked.get('key')).rejects.toThrow();
  });
});
