/**
 * Serves attachments. The address in a message holds for ever and leads to one that holds five minutes, so that what is found
 * in a history, a log or a referrer soon shows nothing.
 *
 * A file comes from a stranger: a browser is told what it is and nothing else, shows it only when it is a picture, sound, film
 * or PDF, and lets it run nothing.
 */
import { Readable } from 'node:stream';
import contentDisposition from 'content-disposition';
import type { StoredFile } from '@cablehub/log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import type { ApiServer } from '../server.ts';
import { inAddress } from './file-name.ts';
import { isShown } from './file-types.ts';
import { ATTACHMENTS_PATH, signerOf, type AttachmentsParts } from './parts.ts';
import { rangeIn } from './ranges.ts';

/** How long a file can be read at the address that its permanent one leads to. */
export const LEAVE_MS = 5 * 60_000;
/** A browser asks for a new one before the one it knows is over. */
const REDIRECT_MAX_AGE_S = 240;
const FILE_MAX_AGE_S = 86_400;

const text = z.string().max(512);
const permanentPath = z.object({ signed_id: text, file_name: text });
const filePath = z.object({ key: text, file_name: text });
const leaveQuery = z.object({
  until: z
    .string()
    .regex(/^\d{1,12}$/, 'must be a moment in Unix seconds')
    .transform(Number),
  signature: text,
});

const found = {
  302: {
    description: 'Where the file is for the next five minutes: see Location.',
    content: { 'text/plain': { schema: z.string() } },
  },
} as const;
const bytes = {
  200: {
    description: 'The file; the part of it that a Range header asks for is answered with 206.',
    content: { 'application/octet-stream': { schema: z.string() } },
  },
} as const;

export const attachmentRoutes = (app: ApiServer, parts: AttachmentsParts): void => {
  const { files, now = Date.now } = parts;
  const signs = signerOf(parts);

  app.route({
    method: ['GET', 'HEAD'],
    url: `${ATTACHMENTS_PATH}/:signed_id/:file_name`,
    schema: {
      summary: 'Leads to a file of a message: its data_url.',
      description: 'Holds as long as the message. It takes no token: the id is signed.',
      tags: ['attachments'],
      params: permanentPath,
      response: found,
    },
    config: { problems: ['not_found', 'internal', 'unavailable'] },
    handler: async (request, reply) => {
      const key = signs.keyIn(request.params.signed_id);
      const file = key === null ? null : await files.get(key);
      if (key === null || file === null) throw noFile();
      const until = Math.floor((now() + LEAVE_MS) / 1_000);
      const query = new URLSearchParams({ until: String(until), signature: signs.leave(key, until) });
      reply.header('cache-control', `private, max-age=${REDIRECT_MAX_AGE_S}`).header('referrer-policy', 'no-referrer');
      // Relative, so that it holds wherever a proxy has put the api.
      return reply.redirect(`../files/${key}/${inAddress(file.name)}?${query.toString()}`, 302);
    },
  });

  app.route({
    method: ['GET', 'HEAD'],
    url: `${ATTACHMENTS_PATH}/files/:key/:file_name`,
    schema: {
      summary: 'A file of a message, for as long as its signature holds.',
      tags: ['attachments'],
      params: filePath,
      querystring: leaveQuery,
      response: bytes,
    },
    config: { problems: ['forbidden', 'not_found', 'range_not_satisfiable', 'invalid', 'internal', 'unavailable'] },
    handler: async (request, reply) => {
      const { key } = request.params;
      const { until, signature } = request.query;
      if (!signs.isLeave(key, until, signature))
        throw new Problem('forbidden', 'the signature is not for this file and moment');
      if (until * 1_000 <= now())
        throw new Problem('forbidden', 'the address has expired; the one in the message gives a new one');
      const file = await files.get(key);
      if (file === null) throw noFile();
      return serve(file, { etag: `"${key}"`, request, reply });
    },
  });
};

const noFile = (): Problem => new Problem('not_found', 'there is no such file; its id is wrong, or it was deleted');

type Serving = { readonly etag: string; readonly request: FastifyRequest; readonly reply: FastifyReply };

const serve = (file: StoredFile, { etag, request, reply }: Serving): FastifyReply => {
  const { headers, method } = request;
  reply.headers({ ...headersOf(file), etag });
  if (headers['if-none-match'] === etag) return reply.code(304).send();
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = isSame ? rangeIn(headers.range, file.sizeBytes) : null;
  if (range === 'unsatisfiable')
    throw new Problem('range_not_satisfiable', `the file has ${file.sizeBytes} bytes`, {
      headers: { 'content-range': `bytes */${file.sizeBytes}` },
    });
  const { first, last } = range ?? { first: 0, last: file.sizeBytes - 1 };
  if (range !== null) reply.code(206).header('content-range', `bytes ${first}-${last}/${file.sizeBytes}`);
  reply.type(file.contentType).header('content-length', last + 1 - first);
  return reply.send(method === 'HEAD' ? null : Readable.from(file.read(first, last), { objectMode: false }));
};

const headersOf = ({ name, contentType, storedAt }: StoredFile): Readonly<Record<string, string>> => ({
  'content-disposition': contentDisposition(name, { type: isShown(contentType) ? 'inline' : 'attachment' }),
  'content-security-policy': policyFor(contentType),
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'accept-ranges': 'bytes',
  'cache-control': `private, max-age=${FILE_MAX_AGE_S}, immutable`,
  'last-modified': new Date(storedAt).toUTCString(),
});

/** Browsers show no PDF within a sandbox; their viewers have one of their own. */
const policyFor = (contentType: string): string => {
  const nothing = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";
  return contentType === 'application/pdf' ? `${nothing}; object-src 'self'` : `${nothing}; sandbox`;
};
