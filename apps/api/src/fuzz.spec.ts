import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TOKEN } from './api.fixture.ts';
import { hub, type Hub } from './hub.fixture.ts';

/** Every operation of the OpenAPI document is called with random and boundary values in place of what it asks for. */
type Json = { readonly [key: string]: Json } & readonly Json[] & string;
type Operation = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly about: Json;
};

const CALLS = 2_500;
const TIME_LIMIT_MS = 20_000;

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
  "'; --",
  '%',
  '🙂'.repeat(100),
  'x'.repeat(256),
  'x'.repeat(3_000),
  [],
  {},
  [[]],
  [null],
  { a: { b: [1, '2', null] } },
];
const anything = fc.oneof(fc.constantFrom<unknown>(...boundaries), fc.jsonValue({ maxDepth: 3 }), fc.string());

/** Mostly what a schema asks for, at its bounds. */
const fitting = (schema: Json | undefined): fc.Arbitrary<unknown> => {
  if (schema === undefined) return anything;
  const either = schema['anyOf'] ?? schema['oneOf'];
  if (either !== undefined) return fc.oneof(...either.map(fitting));
  if (schema['enum'] !== undefined) return fc.constantFrom<unknown>(...schema['enum']);
  switch (schema['type']) {
    case 'object':
      return fittingObject(schema);
    case 'array':
      return fc.array(fitting(schema['items']), { maxLength: 3 });
    case 'integer':
      return fc.constantFrom(0, 1, 2, 3, 200, Number.MAX_SAFE_INTEGER);
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constantFrom<unknown>('1', 'on', 'x', 'jane@acme.inc', '+4915112345678', 'x'.repeat(255));
  }
};

const fittingObject = (schema: Json): fc.Arbitrary<unknown> => {
  const properties = Object.entries(schema['properties'] ?? {});
  const required = (schema['required'] ?? []) as readonly string[];
  const record = Object.fromEntries(properties.map(([name, one]) => [name, oneOf(one)]));
  return fc.record(record, { requiredKeys: [...required] });
};
const oneOf = (schema: Json): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4, arbitrary: fitting(schema) }, { weight: 1, arbitrary: anything });

const operationsOf = (document: Json): readonly Operation[] =>
  Object.entries(document['paths'] ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods)
      .map(([method, about]) => ({ method: method.toUpperCase() as Operation['method'], path, about: about as Json }))
      // A stream does not end.
      .filter(() => !path.endsWith('/live')),
  );

/** Paths lead to what there is, as often as not. */
const pathPart = (name: string, { set, session, conversation }: Hub): fc.Arbitrary<string> => {
  const right: Readonly<Record<string, string>> = {
    account_id: String(set.account.id),
    inbox_identifier: set.inbox.inbox_identifier,
    source_id: session.source_id,
    conversation_id: String(conversation.id),
    agent_id: String(set.user.id),
  };
  const wrong = anything.map((value) => encodeURIComponent(textOf(value).slice(0, 100)) || '0');
  return fc.oneof({ weight: 6, arbitrary: fc.constant(right[name] ?? '1') }, { weight: 1, arbitrary: wrong });
};

type Call = { readonly url: string; readonly body: unknown; readonly isSignedIn: boolean };

const callsOf = ({ path, about }: Operation, stage: Hub): fc.Arbitrary<Call> => {
  const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const filled = fc
    .tuple(...parts.map((name) => pathPart(name, stage)))
    .map((values) => parts.reduce((url, name, index) => url.replace(`{${name}}`, values[index] ?? ''), path));
  const queries = ((about['parameters'] ?? []) as unknown as readonly Json[]).filter((one) => one['in'] === 'query');
  const query = fc
    .record(Object.fromEntries(queries.map((one) => [one['name'] ?? '', oneOf(one['schema']!)])), { requiredKeys: [] })
    .map((values) => {
      const entries = Object.entries(values).map(([name, value]) => [name, textOf(value)] as [string, string]);
      return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
    });
  const schema = about['requestBody']?.['content']?.['application/json']?.['schema'];
  const body = fc.oneof({ weight: 6, arbitrary: fitting(schema) }, { weight: 1, arbitrary: anything });
  return fc
    .tuple(filled, query, body, fc.nat(9))
    .map(([at, asked, sent, luck]) => ({ url: `${at}${asked}`, body: sent, isSignedIn: luck > 0 }));
};

const tokenFor = (path: string, { set }: Hub): Readonly<Record<string, string>> => {
  if (path.startsWith('/api/')) return { api_access_token: set.user.access_token };
  return path.startsWith('/public/') ? {} : { authorization: `Bearer ${TOKEN}` };
};

describe('the APIs', () => {
  it(
    'answer whatever they are asked with what they document, and never with 500',
    async () => {
      const stage = await hub();
      const document = (await stage.app.inject('/openapi.json')).json<Json>();
      const operations = operationsOf(document);
      const call = fc
        .constantFrom(...operations)
        .chain((operation) => callsOf(operation, stage).map((made) => ({ operation, ...made })));
      const wrong: string[] = [];
      await fc.assert(
        fc.asyncProperty(call, async ({ operation, url, body, isSignedIn }) => {
          const { method, path, about } = operation;
          // The administrator who asks stays one.
          if (path.includes('/agents/{agent_id}') && url.endsWith(`/${stage.set.user.id}`)) return;
          if (path.includes('/account_users')) return;
          const response = await stage.app.inject({
            method,
            url,
            headers: { 'content-type': 'application/json', ...(isSignedIn ? tokenFor(path, stage) : {}) },
            ...(method === 'GET' ? {} : { payload: JSON.stringify(body) }),
          });
          const documented = Object.keys(about['responses'] ?? {});
          const { statusCode: status } = response;
          if (status === 500 || !(documented.includes(String(status)) || isUnrouted(status)))
            wrong.push(`${method} ${url} with ${JSON.stringify(body).slice(0, 300)}: ${status} ${response.payload}`);
          expect(wrong).toEqual([]);
        }),
        { numRuns: CALLS, interruptAfterTimeLimit: TIME_LIMIT_MS, markInterruptAsFailure: false, endOnFailure: true },
      );
    },
    TIME_LIMIT_MS * 3,
  );
});

/** As a URL can carry it: half a character is replaced. */
const textOf = (value: unknown): string => Buffer.from(String(value)).toString().slice(0, 500);

/** A value in a path can make it another path, or none. */
const isUnrouted = (status: number): boolean => [404, 405, 414].includes(status);
