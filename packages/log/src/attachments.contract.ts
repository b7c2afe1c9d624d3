/** What every adapter of the attachments must do. */
import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Attachments, NewFile } from './attachments.ts';

export type OpenAttachments = {
  readonly attachments: Attachments;
  /** How many bytes are kept, of files that are whole and of others. */
  readonly keptBytes: () => Promise<number>;
};

export async function* inPieces(bytes: Uint8Array, pieceBytes = 50_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** `open` begins empty. */
export const describeAttachments = (name: string, open: () => Promise<OpenAttachments>): void => {
  describe(`attachments in ${name}`, () => {
    let attachments: Attachments;
    let keptBytes: OpenAttachments['keptBytes'];
    beforeEach(async () => {
      ({ attachments, keptBytes } = await open());
    });

    const file = (bytes: AsyncIterable<Uint8Array>, rest: Partial<NewFile> = {}): NewFile => ({
      key: randomUUID(),
      name: 'übersicht 1.png',
      contentType: 'image/png',
      maxBytes: 10_000_000,
      bytes,
      ...rest,
    });
    const read = async (key: string, ...part: readonly number[]): Promise<Buffer> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await attachments.get(key))!.read(...part)) chunks.push(chunk);
      return Buffer.concat(chunks);
    };

    it('give a file back byte for byte, with what was said of it', async () => {
      for (const size of [0, 1, 131_072, 131_073, 2_000_000]) {
        const bytes = randomBytes(size);
        const asked = file(inPieces(bytes));
        expect(await attachments.put(asked)).toEqual({ ok: true, sizeBytes: size });
        expect(await attachments.get(asked.key)).toMatchObject({
          name: 'übersicht 1.png',
          contentType: 'image/png',
          sizeBytes: size,
        });
        expect((await read(asked.key)).equals(bytes), `${size} bytes`).toBe(true);
      }
    });

    it('give any part of a file', async () => {
      const bytes = randomBytes(400_000);
      const asked = file(inPieces(bytes, 7_001));
      await attachments.put(asked);
      const ends = fc.tuple(fc.nat(bytes.length - 1), fc.nat(bytes.length - 1));
      await fc.assert(
        fc.asyncProperty(ends, async ([one, other]) => {
          const [first, last] = [Math.min(one, other), Math.max(one, other)];
          expect((await read(asked.key, first, last)).equals(bytes.subarray(first, last + 1))).toBe(true);
        }),
        { numRuns: 20, examples: [[[0, 0]], [[131_071, 131_072]], [[0, bytes.length - 1]]] },
      );
    });

    it('know nothing of a file that was never put or that was deleted, and keep the others', async () => {
      const [one, other] = [file(inPieces(randomBytes(200_000))), file(inPieces(randomBytes(3)))];
      await attachments.put(one);
      await attachments.put(other);
      await attachments.delete(one.key);
      await attachments.delete('never-put');
      expect([await attachments.get(one.key), await attachments.get('never-put')]).toEqual([null, null]);
      expect(await read(other.key)).toHaveLength(3);
    });

    it('list what is kept, and since when', async () => {
      const [one, other] = [file(inPieces(randomBytes(200_000))), file(inPieces(randomBytes(0)))];
      expect(await attachments.list()).toEqual([]);
      await attachments.put(one);
      await attachments.put(other);
      const listed = await attachments.list();
      expect(listed.map(({ key }) => key).toSorted()).toEqual([one.key, other.key].toSorted());
      const first = listed.find(({ key }) => key === one.key)!;
      expect(await first.lastKeptAt()).toBe((await attachments.get(one.key))!.storedAt);
      await attachments.delete(one.key);
      expect([await first.lastKeptAt(), (await attachments.list()).map(({ key }) => key)]).toEqual([null, [other.key]]);
    });

    it('keep a file of the largest size, and nothing of one that is larger', async () => {
      const fitting = file(inPieces(randomBytes(300_000)), { maxBytes: 300_000 });
      expect(await attachments.put(fitting)).toMatchObject({ ok: true });
      await attachments.delete(fitting.key);
      const empty = await keptBytes();
      const larger = file(inPieces(randomBytes(300_001)), { maxBytes: 300_000 });
      expect(await attachments.put(larger)).toEqual({ ok: false, reason: 'too_large' });
      expect(await attachments.get(larger.key)).toBeNull();
      expect(await keptBytes()).toBe(empty);
    });

    it('keep nothing of a file whose bytes break off, and throw what broke them off', async () => {
      const empty = await keptBytes();
      const broken = file(
        (async function* () {
          yield* inPieces(randomBytes(500_000));
          throw new RangeError('the line was cut');
        })(),
      );
      await expect(attachments.put(broken)).rejects.toThrow(new RangeError('the line was cut'));
      expect(await attachments.get(broken.key)).toBeNull();
      expect(await keptBytes()).toBe(empty);
    });
  });
};
