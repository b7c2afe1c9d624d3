/** Checks the parts of a request against the schemas of its route, and says what is wrong as a problem. */
import { accountId } from '@cablehub/events';
import type { FastifyRequest, FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { checked } from './pointer.ts';
import { Problem } from './problem.ts';

/** The path of everything that belongs to an account. */
export const accountPath = z.object({
  account_id: z
    .string()
    .regex(/^[1-9]\d{0,15}$/, 'must be a positive whole number')
    .transform(Number)
    .pipe(accountId),
});

export const checkParts: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (value: unknown) => {
    const result = checked(schema, value);
    if (result.ok) return { value: result.value };
    const said = result.errors.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join('; ');
    if (httpPart === 'querystring')
      return { error: new Problem('invalid', `in the query: ${said}`, { errors: result.errors }) };
    if (httpPart !== 'body') return { error: new Problem('bad_request', `in the path: ${said}`) };
    return { error: new Problem('invalid', 'the body does not say what this path needs', { errors: result.errors }) };
  };

/** A hook: a compressed body would be refused as broken, which would not tell its sender what to change. */
export const refuseEncodedBodies = async ({ headers }: FastifyRequest): Promise<void> => {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new Problem('unsupported_media_type', 'send the body without Content-Encoding');
};
