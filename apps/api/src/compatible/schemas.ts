/** Parameters as clients of the original send them: numbers may be texts, null is the same as nothing. */
import type { Attributes } from '@cablehub/events';
import { z } from 'zod';

const digits = z.string().regex(/^\d{1,15}$/, 'must be a whole number');

/** A whole number from 1. In a path or a query it is a text. */
export const id = z.union([z.int().positive(), digits.transform(Number).pipe(z.int().positive())], {
  error: 'must be a whole number from 1',
});
/** One that may also name nothing, by 0, null or an empty text: it is 0 then. Undefined: nothing was said. */
export const idOrNothing = z
  .union(
    [z.int().nonnegative(), digits.transform(Number), z.literal('').transform(() => 0), z.null().transform(() => 0)],
    {
      error: 'must be a whole number or null',
    },
  )
  .optional();

export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'must be true or false',
});
export const text = z.string().max(255);
export const name = text.min(1);
export const url = z.string().max(2_048);
/** Values a client leaves out by null. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** What a body holds is JSON already: only the keys are left to check. */
const json = z.record(z.string().max(255), z.unknown()).transform((value) => value as Attributes);
/** In a form an object is the text of its JSON. */
export const attributes = z.union([json, z.string().max(150_000).transform(textAsJson).pipe(json)], {
  error: 'must be an object',
});

function textAsJson(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined; // which is no object, and refused as such
  }
}

export const content = z.string().max(150_000);
export const page = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1')
  .optional()
  .transform((value) => (value === undefined ? 1 : Number(value)));
export const pathId = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);
export const queryId = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a whole number from 1')
  .transform(Number)
  .optional();

/** What a contact is known by, as parameters. */
export const contactFields = {
  name: text.nullish(),
  email: text.nullish(),
  phone_number: z.string().max(32).nullish(),
  identifier: text.nullish(),
  avatar_url: url.nullish(),
  custom_attributes: optional(attributes),
} as const;

/** The answer of what has nothing to tell. */
export const nothing = {
  description: 'It is done. The body is empty.',
  content: { 'text/plain': { schema: z.string() } },
} as const;
