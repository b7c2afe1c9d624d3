import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gif, jpegOnItsSide, pdf, png, type FormFile } from './attachments.fixture.ts';
import { isShown, knownFile, type KnownFile } from './file-types.ts';

const known = ({ name, type = 'application/octet-stream', bytes }: FormFile) =>
  knownFile(Buffer.from(bytes), { name, contentType: type });
const webm = Buffer.concat([
  Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex'),
  Buffer.alloc(64),
]);
const elf = Buffer.concat([Buffer.from('7f454c46020101', 'hex'), Buffer.alloc(60)]);
const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';

describe('a file', () => {
  it.each<[string, FormFile, Partial<KnownFile>]>([
    [
      'a picture',
      { name: 'a.png', bytes: png(3, 2) },
      { kind: 'image', contentType: 'image/png', width: 3, height: 2 },
    ],
    [
      'a picture on its side',
      { name: 'a.jpg', bytes: jpegOnItsSide() },
      { contentType: 'image/jpeg', width: 2, height: 3 },
    ],
    [
      'a PDF',
      { name: 'a', bytes: pdf },
      { kind: 'file', contentType: 'application/pdf', extension: 'pdf', width: null },
    ],
    ['film', { name: 'a.webm', bytes: webm }, { kind: 'video', contentType: 'video/webm' }],
    ['text', { name: 'a.TXT', bytes: 'wörld' }, { kind: 'file', contentType: 'text/plain', extension: 'txt' }],
    ['a table', { name: 'a.csv', bytes: 'a;b' }, { contentType: 'text/csv' }],
    ['a document', { name: 'a.docx', bytes: 'PK\x03\x04' }, { kind: 'file', extension: 'docx' }],
    ['a picture called a page', { name: 'a.html', bytes: gif }, { contentType: 'image/gif', extension: 'gif' }],
  ])('is known as %s', async (_what, file, is) => expect(await known(file)).toMatchObject(is));

  it('is sound where film could be, when its sender says so', async () => {
    const type = 'audio/webm;codecs=opus';
    expect(await known({ name: 'voice.webm', type, bytes: webm })).toMatchObject({
      kind: 'audio',
      contentType: 'audio/webm',
    });
    expect(await known({ name: 'voice.webm', type, bytes: png(1, 1) })).toMatchObject({ kind: 'image' });
  });

  it.each<[string, FormFile]>([
    ['a page', { name: 'a.html', type: 'image/png', bytes: '<!doctype html><script>alert(1)</script>' }],
    ['a page called text', { name: 'a.htm', type: 'text/plain', bytes: '<html>' }],
    ['a drawing that can run scripts', { name: 'a.svg', type: 'image/svg+xml', bytes: svg }],
    ['the same with a header', { name: 'a.svg', type: 'image/svg+xml', bytes: `<?xml version="1.0"?>${svg}` }],
    ['a program', { name: 'a.png', type: 'image/png', bytes: 'MZ\x90\x00\x03\x00\x00\x00' }],
    ['a program for Linux', { name: 'a.pdf', type: 'application/pdf', bytes: elf }],
    ['bytes called text', { name: 'a.txt', type: 'text/plain', bytes: Buffer.from([65, 0, 1, 2]) }],
    ['bytes called a picture', { name: 'a.png', type: 'image/png', bytes: Buffer.from([1, 2, 3]) }],
    ['a compressed stream', { name: 'a.z', type: 'application/zip', bytes: deflateSync('x') }],
    ['nothing', { name: 'a.png', type: 'image/png', bytes: '' }],
  ])('is not taken when it is %s', async (_what, file) => expect(await known(file)).toBeNull());

  it('whose size cannot be made out has none', async () => {
    const bytes = png(3, 2).subarray(0, 20);
    expect(await known({ name: 'a.png', bytes })).toMatchObject({ kind: 'image', width: null, height: null });
  });

  it('is shown when it is a picture, sound, film or PDF, and saved otherwise', () => {
    const shown = ['image/png', 'audio/ogg; codecs=opus', 'video/mp4', 'application/pdf'];
    const saved = ['text/html', 'image/svg+xml', 'text/plain', 'application/zip', 'application/json', ''];
    expect([shown.every(isShown), saved.some(isShown)]).toEqual([true, false]);
  });
});
