/** What the APIs with the original's shapes have in common: how bodies are read, parts checked and errors answered. */
import multipart from '@fastify/multipart';
import type { FastifyRequest, FastifySchemaCompiler } from 'fastify';
import { parse } from 'secure-json-parse';
import type { z } from 'zod';
import { MAX_FILES, type Uploads } from '../attachments/uploads.ts';
import { isDeeperThan, MAX_DEPTH } from '../event-batch.ts';
import { checked } from '../pointer.ts';
import { Problem } from '../problem.ts';
import type { ApiServer } from '../server.ts';
import { refuseEncodedBodies } from '../validation.ts';
import { notFound, onRefused, unprocessable } from './refused.ts';

/** One more of each than is taken: whoever counts then knows that there were more. */
const formLimits = (maxFileBytes: number) =>
  ({ fields: 100, fieldNameSize: 255, fieldSize: 600_000, files: MAX_FILES + 1, fileSize: maxFileBytes + 1 }) as const;

/** Prepares a scope. Call it before the scope's routes. Without `uploads` none of them takes files. */
export const prepareScope = async (app: ApiServer, uploads?: Uploads): Promise<void> => {
  app.setErrorHandler(onRefused);
  app.setNotFoundHandler((request, reply) => void onRefused(notFound(), request, reply));
  app.setValidatorCompiler(checkParts);
  app.addHook('onRequest', refuseEncodedBodies);
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) =>
    jsonIn(body),
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );
  await app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    limits: formLimits(uploads?.maxBytes ?? 0),
    throwFileSizeLimit: false,
    async onFile(this: FastifyRequest, part) {
      if (uploads !== undefined) return uploads.take(this, part);
      part.file.resume();
      throw unprocessable('Files are not taken');
    },
  });
  if (uploads === undefined) return;
  app.decorateRequest('takenFiles', null);
  app.addHook('onError', async (request) => uploads.discard(request));
};

/** An empty body says nothing, which is not wrong. */
const jsonIn = (text: string): object => {
  if (text.trim() === '') return {};
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem('malformed_body', 'the body must be a JSON object');
  if (isDeeperThan(value, MAX_DEPTH)) throw unprocessable(`the body is nested deeper than ${MAX_DEPTH} levels`);
  return value;
};

const parsed = (text: string): unknown => {
  try {
    return parse(text);
  } catch (error) {
    throw new Problem('malformed_body', `the body is not JSON: ${(error as Error).message}`);
  }
};

/** A path that names nothing there can be is not found; what else is wrong is said with its parameter. */
const checkParts: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (value: unknown) => {
    const result = checked(schema, httpPart === 'body' ? (value ?? {}) : value);
    if (result.ok) return { value: result.value };
    if (httpPart === 'params') return { error: notFound() };
    return { error: new Problem('invalid', 'a parameter is wrong', { errors: result.errors }) };
  };
