/** Values for what an OpenAPI document asks for: mostly such as fit, at the bounds of their schema, and now and then any other. */
import fc from 'fast-check';

export type Json = { readonly [key: string]: Json } & readonly Json[] & string;

const boundaries = [
  null,
  true,
  'true',
  '',
  ' ',
  '0',
  '1',
  '-1',
  '1e3',
  0,
  1,
  2,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '9007199254740991',
  '9007199254740993',
  '99999999999999999999',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  "'; --",
  '%',
  '%00',
  '../..',
  '🙂'.repeat(100),
  'x'.repeat(256),
  'x'.repeat(3_000),
  [],
  {},
  [[]],
  [null],
  { a: { b: [1, '2', null] } },
];
export const anything = fc.oneof(
  fc.constantFrom<unknown>(...boundaries),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string(),
  fc.string({ unit: 'binary' }),
);

const texts = ['1', 'on', 'x', 'jane@acme.inc', '+4915112345678', 'https://hub.example.com/a.png', ''];
const formats: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2026-01-05T10:00:00.000Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
  uri: ['https://hub.example.com', 'http://x'],
  email: ['jane@acme.inc'],
  uuid: ['00000000-0000-4000-8000-000000000000'],
};
const MAX_DEPTH = 6;

/** `schemas` are those that others refer to. */
export const valuesFor = (schemas: Json) => {
  const fitting = (schema: Json | undefined, depth = 0): fc.Arbitrary<unknown> => {
    if (schema === undefined || depth > MAX_DEPTH || Object.keys(schema).length === 0) return anything;
    if (schema['$ref'] !== undefined) return fitting(schemas[schema['$ref'].split('/').at(-1)!], depth + 1);
    const either = eitherOf(schema);
    if (either !== undefined) return fc.oneof(...either.map((one) => fitting(one, depth + 1)));
    const only = schema['const'] === undefined ? schema['enum'] : [schema['const']];
    return only === undefined ? ofType(schema, depth) : fc.constantFrom<unknown>(...only);
  };

  const ofType = (schema: Json, depth: number): fc.Arbitrary<unknown> => {
    switch (schema['type']) {
      case 'object':
        return objects(schema, depth);
      case 'array':
        return fc.array(mostly(schema['items'], depth + 1), { maxLength: 3 });
      case 'integer':
      case 'number':
        return numbers(schema);
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'string':
        return strings(schema);
      default:
        return anything;
    }
  };

  const objects = (schema: Json, depth: number): fc.Arbitrary<unknown> => {
    const properties = Object.entries(schema['properties'] ?? {});
    if (properties.length === 0) return fc.dictionary(fc.string({ maxLength: 10 }), fc.jsonValue({ maxDepth: 2 }));
    const record = Object.fromEntries(properties.map(([name, one]) => [name, mostly(one, depth + 1)]));
    return fc.record(record, { requiredKeys: [...((schema['required'] ?? []) as readonly string[])] });
  };

  /** What fits, nine times of ten. */
  const mostly = (schema: Json | undefined, depth = 0): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 9, arbitrary: fitting(schema, depth) }, { weight: 1, arbitrary: anything });

  return { fitting, mostly };
};

const eitherOf = (schema: Json): readonly Json[] | undefined => {
  const types: unknown = schema['type'];
  if (!Array.isArray(types)) return schema['anyOf'] ?? schema['oneOf'];
  return types.map((type: unknown) => ({ ...(schema as object), type }) as unknown as Json);
};

/** Low ones name what there is, where they are ids. */
const numbers = (schema: Json): fc.Arbitrary<unknown> => {
  const { minimum, maximum, exclusiveMinimum } = schema as unknown as Readonly<Record<string, number | undefined>>;
  const least = minimum ?? (exclusiveMinimum === undefined ? 0 : exclusiveMinimum + 1);
  return fc.constantFrom<unknown>(
    1,
    1,
    1,
    2,
    2,
    3,
    least,
    Math.min(200, maximum ?? 200),
    maximum ?? Number.MAX_SAFE_INTEGER,
  );
};

const strings = (schema: Json): fc.Arbitrary<unknown> => {
  const { pattern, format, minLength, maxLength } = schema as unknown as Readonly<
    Record<string, string | number | undefined>
  >;
  const known = formats[String(format)];
  if (known !== undefined) return fc.constantFrom<unknown>(...known);
  if (pattern !== undefined) return fc.oneof(fc.constant('1'), fc.stringMatching(new RegExp(String(pattern))));
  const most = Math.min(Number(maxLength ?? 300), 2_000);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<unknown>(...texts) },
    { weight: 1, arbitrary: fc.string({ minLength: Number(minLength ?? 0), maxLength: most }) },
    { weight: 1, arbitrary: fc.constant('x'.repeat(most)) },
  );
};

/** As a URL can carry it: half a character is replaced. */
export const textOf = (value: unknown): string =>
  Buffer.from(typeof value === 'object' ? JSON.stringify(value) : String(value))
    .toString()
    .slice(0, 500);
