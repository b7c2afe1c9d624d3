/**
 * Takes the files of a form, each stored while it comes in. What comes of the request decides about them: unless a message is
 * to have them, they are removed before the answer.
 */
import { randomUUID } from 'node:crypto';
import type { MultipartFile } from '@fastify/multipart';
import type { AccountId, Attachment } from '@cablehub/events';
import { LogFault } from '@cablehub/log';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { notFound, Refused, unprocessable } from '../compatible/refused.ts';
import type { Executed } from '../execution/executor.ts';
import { fileNameOf } from './file-name.ts';
import { HEAD_BYTES, knownFile, type KnownFile } from './file-types.ts';
import { addresses, signerOf, type AttachmentsParts } from './parts.ts';

/** A message has at most so many. */
export const MAX_FILES = 15;

/** What a message tells of a file, but for its id. */
export type NewAttachment = Omit<Attachment, 'id'>;

/** In a form's body: its files are taken before it is read, so here they are nothing but said. */
export const filesOfForm = {
  'attachments[]': z
    .unknown()
    .optional()
    .describe(`files of a form, at most ${MAX_FILES}: pictures, sound, film and the common documents`),
} as const;

type Taken = { readonly key: string; readonly attachment: NewAttachment };

declare module 'fastify' {
  interface FastifyRequest {
    /** The files that came with a request and that nothing has yet. */
    takenFiles: readonly Taken[] | null;
  }
  interface FastifyContextConfig {
    /** The account that a request of this route may leave files with. Throws when it may not. Absent: no files are taken. */
    filesFor?: (request: FastifyRequest) => Promise<AccountId>;
  }
}

export type Uploads = {
  /** The most that one file may have. */
  readonly maxBytes: number;
  /** Takes one file of a request. Throws a refusal, and faults as they are. */
  readonly take: (request: FastifyRequest, part: MultipartFile) => Promise<void>;
  /** Removes what a request brought, for which there is no use. */
  readonly discard: (request: FastifyRequest) => Promise<void>;
  /** Removes the files of a message that is no more. What is not ours is left alone. */
  readonly forget: (attachments: readonly Attachment[]) => Promise<void>;
};

export const uploads = (parts: AttachmentsParts): Uploads => {
  const { files, maxBytes } = parts;
  const { of: addressOf, keyIn } = addresses(parts, signerOf(parts));

  const store = async (request: FastifyRequest, part: MultipartFile): Promise<Taken> => {
    const { filesFor } = request.routeOptions.config;
    if (filesFor === undefined || !/^attachments(\[\d*\])?$/.test(part.fieldname))
      throw unprocessable(`Files are not taken as ${part.fieldname.slice(0, 100)}`);
    if (takenOf(request).length >= MAX_FILES)
      throw unprocessable(`A message can have at most ${MAX_FILES} attachments`);
    const accountId = await filesFor(request);
    const { head, bytes } = await begun(part.file);
    const known = await knownFile(head, { name: part.filename, contentType: part.mimetype });
    if (known === null) throw unprocessable(`Attachments of this type are not supported: ${saidName(part)}`);
    const { contentType } = known;
    const name = fileNameOf(part.filename, known.extension);
    const key = `${accountId}_${randomUUID()}`;
    const put = await files.put({ key, name, contentType, maxBytes, bytes });
    if (!put.ok && put.reason === 'full') throw new Refused(503, { error: 'There is no room for files' });
    if (!put.ok)
      throw new Refused(413, { error: `An attachment can have at most ${maxBytes} bytes: ${saidName(part)}` });
    const dataUrl = addressOf({ key, name }, request);
    return { key, attachment: attachmentOf(known, { dataUrl, sizeBytes: put.sizeBytes }) };
  };

  const remove = async (keys: readonly string[]): Promise<void> => {
    // One that stays is found by nobody.
    await Promise.all(keys.map((key) => files.delete(key).catch(() => undefined)));
  };

  return {
    maxBytes,
    take: async (request, part) => {
      try {
        request.takenFiles = [...takenOf(request), await store(request, part)];
      } catch (error) {
        // The rest is let go, so that the sender comes to hear the answer.
        request.raw.unpipe();
        request.raw.resume();
        if (error instanceof Refused || error instanceof LogFault) throw error;
        throw unprocessable('The form breaks off within a file');
      }
    },
    discard: async (request) => {
      const taken = takenOf(request);
      request.takenFiles = [];
      await remove(taken.map(({ key }) => key));
    },
    forget: async (attachments) => {
      const keys = attachments.map(({ data_url: address }) => keyIn(address ?? ''));
      await remove(keys.filter((key) => key !== null));
    },
  };
};

/**
 * Executes what is to have the files of a request. Where it ends without saying what came of it, the log may speak of them: they
 * stay.
 */
export const withFiles = async <Result>(
  request: FastifyRequest,
  execute: (attachments: readonly NewAttachment[]) => Promise<Executed<Result>>,
): Promise<Executed<Result>> => {
  const taken = takenOf(request);
  request.takenFiles = [];
  const executed = await execute(taken.map(({ attachment }) => attachment));
  if (!executed.ok) request.takenFiles = taken;
  return executed;
};

const takenOf = ({ takenFiles }: FastifyRequest): readonly Taken[] => takenFiles ?? [];

/** A request with its path as its route reads it: files come before the parts of a request are checked. Throws not found. */
export const withPath = <Path>(
  request: FastifyRequest,
  path: z.ZodType<Path>,
): FastifyRequest & { readonly params: Path } => {
  const parsed = path.safeParse(request.params);
  if (!parsed.success) throw notFound();
  return Object.create(request, { params: { value: parsed.data } }) as FastifyRequest & { readonly params: Path };
};

const saidName = ({ filename }: MultipartFile): string => filename.slice(0, 100);

const attachmentOf = (
  { kind, contentType, extension, width, height }: KnownFile,
  { dataUrl, sizeBytes }: { readonly dataUrl: string; readonly sizeBytes: number },
): NewAttachment => ({
  file_type: kind,
  extension,
  content_type: contentType,
  data_url: dataUrl,
  thumb_url: kind === 'image' ? dataUrl : '',
  file_size: sizeBytes,
  width,
  height,
  ...(kind === 'audio' ? { transcribed_text: '' } : {}),
});

type Begun = { readonly head: Uint8Array; readonly bytes: AsyncIterable<Uint8Array> };

/** A file whose beginning has come, with all its bytes still to be had. */
const begun = async (file: AsyncIterable<Buffer>): Promise<Begun> => {
  const coming = file[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  for (let bytes = 0; bytes < HEAD_BYTES; bytes += chunks.at(-1)!.length) {
    const next = await coming.next();
    if (next.done === true) break;
    chunks.push(next.value);
  }
  const head = Buffer.concat(chunks);
  const all = async function* (): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    for (let next = await coming.next(); next.done !== true; next = await coming.next()) yield next.value;
  };
  return { head, bytes: all() };
};
