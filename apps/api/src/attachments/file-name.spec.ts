import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileNameOf, inAddress } from './file-name.ts';

describe('a file name', () => {
  it.each([
    ['photo.png', 'png', 'photo.png'],
    ['Photo.JPEG', 'jpg', 'Photo.jpeg'],
    ['Übersicht 2026.pdf', 'pdf', 'Übersicht 2026.pdf'],
    ['../../etc/passwd', 'txt', 'passwd.txt'],
    ['C:\\temp\\a.png', 'png', 'a.png'],
    ['page.html', 'gif', 'page.html.gif'],
    ['a\r\nSet-Cookie: x.png', 'png', 'aSet-Cookie x.png'],
    ['.png', 'png', 'png.png'],
    ['', 'pdf', 'file.pdf'],
    ['\u202egnp.exe', 'png', 'gnp.exe.png'],
  ])('%j of a %s is %j', (given, extension, name) => expect(fileNameOf(given, extension)).toBe(name));

  it('has no folder, nothing unseen, an end and a bound, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
        const name = fileNameOf(given, 'pdf');
        expect(name).toMatch(/^[^/\\\p{C}]+\.pdf$/u);
        expect([...name].length).toBeLessThanOrEqual(100);
        expect(inAddress(name).length).toBeLessThanOrEqual(200);
      }),
    );
  });
});
