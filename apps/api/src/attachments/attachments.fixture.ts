/** Small files of known kinds, and forms that carry files. */
import { crc32, deflateSync } from 'node:zlib';

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
};

/** A black PNG; `padding` are bytes after its end. */
export const png = (width: number, height: number, padding: Uint8Array = new Uint8Array()): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  const rows = Buffer.alloc((width + 1) * height);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts, padding]);
};

export const gif = Buffer.from(
  '47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b',
  'hex',
);
export const pdf = Buffer.from('%PDF-1.4\n%%EOF\n');

/** The beginning of a JPEG of 3 by 2 pixels that is to be turned by a quarter. */
export const jpegOnItsSide = (): Buffer => {
  const exif = '4578696600004d4d002a000000080001011200030000000100060000' + '00000000';
  const length = (exif.length / 2 + 2).toString(16).padStart(4, '0');
  return Buffer.from(`ffd8ffe1${length}${exif}ffc0000b080002000301011100ffd9`, 'hex');
};

export type FormFile = { readonly name: string; readonly type?: string; readonly bytes: Uint8Array | string };

/** A form as a browser sends it. */
export const formOf = (fields: Readonly<Record<string, string>>, files: readonly FormFile[]): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const { name, type = '', bytes } of files)
    form.append(
      'attachments[]',
      new Blob([typeof bytes === 'string' ? bytes : Uint8Array.from(bytes)], { type }),
      name,
    );
  return form;
};
