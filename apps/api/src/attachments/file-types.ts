/**
 * What a file is, by its first bytes rather than by what its sender says, and whether it is taken.
 *
 * The list is the original's: pictures, sound, film and the common documents. What browsers would run is not on it: HTML, SVG,
 * scripts.
 */
import { extname } from 'node:path';
import { fileTypeFromBuffer } from 'file-type';
import { imageSize } from 'image-size';

/** As much of a file's beginning as is looked at. */
export const HEAD_BYTES = 262_144;

export type FileKind = 'image' | 'audio' | 'video' | 'file';

export type KnownFile = {
  readonly kind: FileKind;
  readonly contentType: string;
  /** Without a dot. */
  readonly extension: string;
  /** In pixels, as it is shown; null: it is no picture, or one that is not measured. */
  readonly width: number | null;
  readonly height: number | null;
};

export type Claim = {
  readonly name: string;
  /** What the sender says it is. */
  readonly contentType: string;
};

const documents = new Set([
  'application/pdf',
  'application/rtf',
  'application/zip',
  'application/x-7z-compressed',
  'application/x-rar-compressed',
  'application/vnd.rar',
  'application/x-tar',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
]);

/** What has no mark of its own within a container that does: the name decides. */
const within: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'application/x-cfb': {
    doc: 'application/msword',
    xls: 'application/vnd.ms-excel',
    ppt: 'application/vnd.ms-powerpoint',
  },
  'application/zip': {
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    odt: 'application/vnd.oasis.opendocument.text',
  },
};

/** Sound in a container that film has, too. */
const soundIn: Readonly<Record<string, string>> = {
  'video/webm': 'audio/webm',
  'video/mp4': 'audio/mp4',
  'application/ogg': 'audio/ogg',
};

const texts: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/plain',
  csv: 'text/csv',
  json: 'application/json',
};

/** The pictures whose headers are simple enough to be read from strangers. */
const measured = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp']);

/** Null: it is of no kind that is taken. `head` is its beginning: all of it, or `HEAD_BYTES` at least. */
export const knownFile = async (head: Uint8Array, claim: Claim): Promise<KnownFile | null> => {
  const found = await marked(head);
  return found === null ? knownText(head, claim) : knownByMark(found, head, claim);
};

const knownText = (head: Uint8Array, { name }: Claim): KnownFile | null => {
  const extension = extensionOf(name);
  const contentType = isText(head) ? texts[extension] : undefined;
  return contentType === undefined ? null : { ...unmeasured, kind: 'file', contentType, extension };
};

const knownByMark = ({ mime, ext }: Marked, head: Uint8Array, claim: Claim): KnownFile | null => {
  const named = extensionOf(claim.name);
  const contentType = soundOf(mime, claim) ?? within[mime]?.[named] ?? mime;
  const kind = kindOf(contentType);
  if (kind === null) return null;
  const extension = contentType === mime || named === '' ? ext : named;
  return { ...(measured.has(contentType) ? sizeOf(head) : unmeasured), kind, contentType, extension };
};

export const extensionOf = (name: string): string => extname(name).slice(1).toLowerCase();

/** Whether a browser may show it in place of the page. */
export const isShown = (contentType: string): boolean =>
  contentType === 'application/pdf' || (kindOf(contentType) ?? 'file') !== 'file';

const unmeasured = { width: null, height: null } as const;

const kindOf = (contentType: string): FileKind | null => {
  const [family] = contentType.split('/', 1);
  if (contentType.startsWith('image/svg')) return null;
  if (family === 'image' || family === 'audio' || family === 'video') return family;
  const isDocument = documents.has(contentType) || Object.values(within['application/x-cfb']!).includes(contentType);
  return isDocument ? 'file' : null;
};

const soundOf = (mime: string, claim: Claim): string | undefined => {
  const sound = soundIn[mime];
  return sound !== undefined && claim.contentType.startsWith('audio/') ? sound : undefined;
};

type Marked = { readonly mime: string; readonly ext: string };

/** A beginning that breaks off within a container tells as much as the container does. */
const marked = async (head: Uint8Array): Promise<Marked | null> => {
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  if (found !== undefined) return found;
  return Buffer.from(head.subarray(0, 4)).equals(ZIP) ? { mime: 'application/zip', ext: 'zip' } : null;
};

const ZIP = Buffer.from([0x50, 0x4b, 0x03, 0x04]);

const isText = (head: Uint8Array): boolean => head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));

/** From here on a picture is turned on its side. */
const FIRST_TURNED = 5;

const sizeOf = (head: Uint8Array): { readonly width: number | null; readonly height: number | null } => {
  try {
    const { width, height, orientation = 1 } = imageSize(head);
    if (![width, height].every((side) => Number.isSafeInteger(side) && side > 0)) return unmeasured;
    return orientation >= FIRST_TURNED ? { width: height, height: width } : { width, height };
  } catch {
    return unmeasured;
  }
};
