import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { positionOf } from '@cablehub/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveBytes, codecOf, cutPart, partOf, partSink } from './archive-file.ts';
import { encodeLine } from './archive-line.ts';
import { readArchive, Tally, type ArchivePart } from './archive.ts';

const header =
  '{"archive":"cablehub-log","version":1,"exportedAt":"2026-01-01T00:00:00.000Z","logCreatedAt":"then","firstPosition":1,"lastPosition":6}';
const line = (position: number): string =>
  encodeLine({
    position: positionOf(position),
    recordedAt: 1,
    subject: `events.1.1.team.${position}`,
    headers: {},
    body: Buffer.from('{"name":"sales"}'),
  });

/** Three chunks of two events each. */
const written = (): readonly string[] => {
  const tally = new Tally();
  const chunk = (from: number): string => {
    const lines = [from, from + 1].map(line);
    lines.forEach((text, index) => tally.count(text, from + index));
    return `${lines.join('\n')}\n${JSON.stringify(tally.chunk())}\n`;
  };
  return [`${header}\n`, chunk(1), chunk(3), chunk(5), `${JSON.stringify(tally.end())}\n`];
};

async function* inPieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}
const read = async (bytes: AsyncIterable<Uint8Array>): Promise<readonly ArchivePart[]> => {
  const parts: ArchivePart[] = [];
  for await (const part of readArchive(bytes, { name: 'a.ndjson' })) parts.push(part);
  return parts;
};
const positions = (parts: readonly ArchivePart[]): readonly (readonly number[])[] =>
  parts.flatMap((part) => (part.kind === 'chunk' ? [part.events.map(({ position }) => position)] : []));

describe('an archive', () => {
  it('is read in the chunks it was written in, however its bytes arrive', async () => {
    for (const size of [1, 7, 1_000_000]) {
      const parts = await read(inPieces(written().join(''), size));
      expect(parts.map(({ kind }) => kind)).toEqual(['header', 'chunk', 'chunk', 'chunk', 'end']);
      expect(positions(parts)).toEqual([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
    }
  });

  it('has the checksum that other programs give its lines of events', () => {
    const lines = written().join('').split('\n').filter((text) => text.startsWith('{"position":')); // prettier-ignore
    const sum = createHash('sha256').update(lines.map((text) => `${text}\n`).join('')).digest('hex'); // prettier-ignore
    expect(JSON.parse(written().at(-1)!)).toEqual({ end: true, chunks: 3, events: 6, lastPosition: 6, sha256: sum });
  });

  it('is refused at the chunk in which any one character is not as it was written', async () => {
    const whole = written();
    const second = whole[0]!.length + whole[1]!.length;
    for (let at = second; at < second + whole[2]!.length; at += 5) {
      const text = whole.join('');
      const other = text[at] === '!' ? '?' : '!';
      const parts: ArchivePart[] = [];
      const reading = (async () => {
        const spoiled = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
        for await (const part of readArchive(inPieces(spoiled), { name: 'a.ndjson' })) parts.push(part);
      })();
      await expect(reading, `at ${at}`).rejects.toThrow(/^a\.ndjson is broken in chunk 2: /);
      expect(positions(parts)).toEqual([[1, 2]]);
    }
  });

  it.each([
    ['a chunk is missing', [0, 1, 3, 4], 'chunk 2: its checksum does not fit'],
    ['chunks have changed places', [0, 2, 1, 3, 4], 'chunk 1: its checksum does not fit'],
    ['a chunk comes twice', [0, 1, 1, 2, 3, 4], 'chunk 2: its checksum does not fit'],
    ['something follows the end', [0, 1, 2, 3, 4, 1], 'chunk 4: something follows the end'],
    ['it has no header', [1, 2, 3, 4], 'its first line does not say so'],
    ['there is nothing', [], 'it is empty'],
  ])('is refused when %s', async (_, order, message) => {
    const text = order.map((index) => written()[index]).join('');
    await expect(read(inPieces(text))).rejects.toThrow(message);
  });

  it('of a later format is refused with both versions', async () => {
    const later = written().join('').replace('"version":1', '"version":2');
    await expect(read(inPieces(later))).rejects.toThrow('has the format version 2; this hub reads 1');
  });

  it('that stops in a chunk is broken there; between two, it just has no end', async () => {
    const text = written().slice(0, 3).join('');
    await expect(read(inPieces(text.slice(0, -3)))).rejects.toThrow('chunk 2: it ends in the middle');
    await expect(read(inPieces(`${text}${line(5)}\n`))).rejects.toThrow('chunk 3: it ends in the middle');
    expect((await read(inPieces(text))).at(-1)?.kind).toBe('chunk');
  });
});

const hasZstd = 'zstdCompress' in zlib;

describe('the file of an archive', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'archive-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['a.ndjson', 'a.ndjson.gz', ...(hasZstd ? ['a.ndjson.zst'] : [])])(
    'goes on behind its last chunk: %s',
    async (name) => {
      const file = join(folder, name);
      const first = await partSink(file, { keep: false });
      for (const text of written().slice(0, 3)) await first.write(text);
      await first.close();
      writeFileSync(partOf(file), Buffer.from('half a chu'), { flag: 'a' });

      expect(await cutPart(file)).toBe(true);
      const second = await partSink(file, { keep: true });
      for (const text of written().slice(3)) await second.write(text);
      await second.finish();
      await second.close();
      expect(positions(await read(archiveBytes(file)))).toEqual([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
      expect(() => readFileSync(partOf(file))).toThrow('ENOENT');
    },
  );

  it('packed as gzip is refused at the chunk in which a byte is not as it was written', async () => {
    const file = join(folder, 'a.ndjson.gz');
    const sink = await partSink(file, { keep: false });
    const ends: number[] = [];
    for (const text of written()) {
      await sink.write(text);
      ends.push(readFileSync(partOf(file)).length);
    }
    await sink.finish();
    await sink.close();
    const bytes = readFileSync(file);
    for (let at = ends[1]! + 10; at < ends[2]!; at += 7) {
      const spoiled = Buffer.from(bytes);
      spoiled[at]! ^= 0x40;
      writeFileSync(file, spoiled);
      await expect(read(archiveBytes(file)), `at ${at}`).rejects.toThrow(/is broken in chunk [12]: /);
    }
  });

  // Only newer versions of Node have it; the last case below is what the others promise.
  if (hasZstd)
    it('packed as zstd by another program, in one frame, is read as well', async () => {
      const { zstdCompressSync } = zlib as unknown as { zstdCompressSync: (text: string) => Buffer };
      const file = join(folder, 'a.ndjson.zst');
      writeFileSync(file, zstdCompressSync(written().join('')));
      expect(positions(await read(archiveBytes(file)))).toEqual([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
    });

  it('begins anew when nothing says how much of it is whole', async () => {
    const file = join(folder, 'a.ndjson');
    writeFileSync(partOf(file), 'half a chunk');
    expect(await cutPart(file)).toBe(false);
  });

  it('packed as zstd names the way out where Node has none', () => {
    const ask = () => codecOf('a.zst');
    if (hasZstd) expect(ask).not.toThrow();
    else expect(ask).toThrow('hub export - | zstd > a.zst');
  });
});
