/** JSON Schema (2020-12) of zod schemas, ready to be the components of a document (pure). */
import { moment } from '@cablehub/events';
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/** What free attributes may hold: anything JSON has. zod describes it by recursion; a document need not. */
const ANY_JSON = 'AnyJson';

/**
 * The schemas by name, each referring to the others by `#/components/schemas/<name>`.
 *
 * `input` is what a producer may send (defaults may be left out), `output` what a reader gets.
 */
export const componentsOf = (schemas: NamedSchemas, io: 'input' | 'output'): Readonly<Record<string, JsonSchema>> => {
  const registry = z.registry<{ id: string }>();
  // Two names may share a schema; a registry knows each by one name.
  for (const [id, schema] of Object.entries(schemas))
    registry.add(registry.has(schema) ? schema.clone() : schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    uri: referenceTo,
    override: ({ zodSchema, jsonSchema }) => {
      // The format says it, at a tenth of the length.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (zodSchema === (moment as z.core.$ZodType)) Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    },
  });
  const { __shared: _shared, ...named } = made as Record<string, JsonSchema>;
  return withoutIdentity({ ...named, [ANY_JSON]: { description: 'Any JSON value.' } });
};

export const referenceTo = (name: string): string => `#/components/schemas/${name}`;
export const reference = (name: string): { readonly $ref: string } => ({ $ref: referenceTo(name) });

/** The keys zod adds to say where a schema lives mean nothing inside a document; what it shares is `AnyJson` alone. */
const withoutIdentity = <T>(schemas: T): T =>
  JSON.parse(JSON.stringify(schemas), (key: string, value: unknown) => {
    if (key === '$schema' || key === '$id') return undefined;
    return key === '$ref' && String(value).includes('__shared#') ? referenceTo(ANY_JSON) : value;
  }) as T;
