import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, SHORT } from './frame-reader.ts';

const frameOf = (opcode: number, payload: string): Buffer => {
  const body = Buffer.from(payload);
  const head =
    body.length < 126
      ? Buffer.from([0x80 | opcode, body.length])
      : body.length < 65_536
        ? Buffer.from([0x80 | opcode, 126, body.length >> 8, body.length & 255])
        : Buffer.concat([Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0]), uint32(body.length)]);
  return Buffer.concat([head, body]);
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const readAll = (chunks: readonly Buffer[]): readonly string[] => {
  const seen: string[] = [];
  const reader = new FrameReader({
    long: () => void seen.push('long'),
    short: (text) => void seen.push(text),
    ping: (payload) => void seen.push(`ping ${payload.toString()}`),
  });
  for (const chunk of chunks) reader.read(chunk);
  return seen;
};

const frames = [
  frameOf(1, '{"type":"welcome"}'),
  frameOf(1, 'x'.repeat(SHORT)),
  frameOf(9, 'are you there'),
  frameOf(1, 'y'.repeat(2_500)),
  frameOf(9, ''),
  frameOf(1, 'z'.repeat(70_000)),
  frameOf(1, 'end'),
];
const expected = ['{"type":"welcome"}', 'x'.repeat(SHORT), 'ping are you there', 'long', 'ping ', 'long', 'end'];

describe('the reader of frames', () => {
  it('keeps how long frames begin, when it is asked to', () => {
    const starts: string[] = [];
    const ignore = (): void => undefined;
    const reader = new FrameReader(
      { long: (start) => void starts.push(start.toString()), short: ignore, ping: ignore },
      true,
    );
    const bytes = frameOf(1, `begins${'z'.repeat(2_500)}ends`);
    for (const chunk of [bytes.subarray(0, 7), bytes.subarray(7, 300), bytes.subarray(300)]) reader.read(chunk);
    expect(starts).toEqual([`begins${'z'.repeat(SHORT - 'begins'.length)}`]);
  });

  it('hands out short frames, counts long ones and tells of pings', () =>
    expect(readAll([Buffer.concat(frames)])).toEqual(expected));

  it('sees the same however the bytes are cut', () => {
    const bytes = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        const places = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
        const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        expect(readAll(chunks)).toEqual(expected);
      }),
    );
  });
});
