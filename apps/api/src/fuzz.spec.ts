import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formOf, gif } from './attachments/attachments.fixture.ts';
import { attach, pathOf } from './attachments/forms.fixture.ts';
import { TOKEN } from './api.fixture.ts';
import { errorBody, invalidBody, signInBody } from './compatible/refused.ts';
import { anything, textOf, valuesFor, type Json } from './fuzz.fixture.ts';
import { rightBodies } from './fuzz-bodies.fixture.ts';
import { hub, type Hub, type Method } from './hub.fixture.ts';
import { problemBody } from './problem.ts';

/**
 * Every operation of the OpenAPI document is called with random and boundary values in place of everything it asks for, among
 * them such as name what there is. `FUZZ_CALLS` makes it more calls of each.
 */
type Operation = { readonly method: Method | 'HEAD'; readonly path: string; readonly about: Json };
type Call = {
  readonly url: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly isForm: boolean;
};

const CALLS = Number(process.env['FUZZ_CALLS'] ?? 30);
const TIME_LIMIT_MS = 30_000 + CALLS * 1_000;

/** Each operation has a hub of its own: what one takes away, another may need. */
const staged = async (): Promise<{ readonly stage: Hub; readonly right: Readonly<Record<string, string>> }> => {
  const stage = await hub();
  const { set, session, conversation } = stage;
  const [file] = await attach(stage, { name: 'a.gif', bytes: gif });
  const [, , signed = '', name = ''] = pathOf(file!.data_url).split('/');
  const leading = await stage.app.inject({ url: pathOf(file!.data_url) });
  const leave = new URL(String(leading.headers.location), file!.data_url);
  await stage.asAgent('POST', '/agents', { name: 'Ann', email: 'ann@acme.inc' });
  await stage.asAgent('POST', '/teams', { name: 'sales' });
  await stage.asAgent('POST', '/contacts', { name: 'eve', email: 'jane@acme.inc' });
  const right = {
    account_id: String(set.account.id),
    inbox_identifier: set.inbox.inbox_identifier,
    source_id: session.source_id,
    conversation_id: String(conversation.id),
    agent_id: '2',
    signed_id: signed,
    file_name: name,
    key: signed.split('.')[0] ?? '',
    ...Object.fromEntries(leave.searchParams),
  };
  return { stage, right };
};

const headerNames = ['x-hub-position', 'x-request-id', 'traceparent', 'range', 'if-none-match', 'x-chatwoot-delivery'];

type Chosen = { readonly right: Readonly<Record<string, string>>; readonly schemas: Json };

const callsOf = ({ path, about }: Operation, { right, schemas }: Chosen): fc.Arbitrary<Call> => {
  const { fitting, mostly } = valuesFor(schemas);
  const wrongPart = anything.map((value) => encodeURIComponent(textOf(value).slice(0, 100)) || '0');
  const part = (name: string) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(right[name] ?? '1') }, { weight: 1, arbitrary: wrongPart });
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const filled = fc
    .tuple(...names.map(part))
    .map((values) => names.reduce((url, name, index) => url.replace(`{${name}}`, values[index] ?? ''), path));
  const queries = ((about['parameters'] ?? []) as unknown as readonly Json[]).filter((one) => one['in'] === 'query');
  const asked = Object.fromEntries(
    queries.map(({ name, schema }) => [
      String(name),
      right[String(name)] === undefined
        ? mostly(schema as Json)
        : fc.oneof({ weight: 4, arbitrary: fc.constant(right[String(name)]) }, { weight: 1, arbitrary: anything }),
    ]),
  );
  const requiredKeys = queries.flatMap(({ name, required }) => (required ? [String(name)] : []));
  const query = fc.record(asked, { requiredKeys }).map((values) => {
    const entries = Object.entries(values).map(([name, value]) => [name, textOf(value)] as [string, string]);
    return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
  });
  const content = about['requestBody']?.['content'];
  const wanted = content === undefined ? fc.constant(undefined) : fitting(content['application/json']?.['schema']);
  const likely = fc.oneof(wanted, fc.constantFrom<unknown>(...(rightBodies[path] ?? [{}])));
  const body = fc.oneof({ weight: 9, arbitrary: likely }, { weight: 1, arbitrary: anything });
  const header = anything.map((value) =>
    Buffer.from(textOf(value))
      .toString('latin1')
      .replaceAll(/[^\x20-\xff]/g, ''),
  );
  const headers = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...headerNames), header) },
  );
  const isForm = content?.['multipart/form-data'] === undefined ? fc.constant(false) : fc.boolean();
  return fc.record({ url: fc.tuple(filled, query).map((both) => both.join('')), body, headers, isForm });
};

/** Everything it asks for as it should be. */
const rightCall = ({ path, about }: Operation, right: Readonly<Record<string, string>>): Call => {
  const parameters = (about['parameters'] ?? []) as unknown as readonly Json[];
  const wanted = parameters.filter((one) => one['required'] && String(one['in']) === 'query');
  const entries = wanted.map(({ name }): [string, string] => [String(name), right[String(name)] ?? '1']);
  const url = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => right[name] ?? '1');
  const query = entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
  const body = about['requestBody'] === undefined ? undefined : (rightBodies[path]?.[0] ?? {});
  return { url: `${url}${query}`, body, headers: {}, isForm: false };
};

const tokenFor = (path: string, { set }: Hub): Readonly<Record<string, string>> => {
  if (path.startsWith('/api/')) return { api_access_token: set.user.access_token };
  return path.startsWith('/public/') ? {} : { authorization: `Bearer ${TOKEN}` };
};

const sent = async (body: unknown, isForm: boolean) => {
  if (body === undefined) return {};
  if (!isForm) return { headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body) };
  const fields = Object.entries(typeof body === 'object' && body !== null ? body : {});
  const texts = Object.fromEntries(fields.map(([name, value]) => [name, textOf(value)]));
  const form = new Response(formOf(texts, [{ name: textOf(fields[0]?.[1] ?? 'a.gif'), bytes: gif }]));
  return {
    headers: { 'content-type': form.headers.get('content-type')! },
    payload: Buffer.from(await form.arrayBuffer()),
  };
};

/** A value in a path can make it another path, or none. */
const isUnrouted = (status: number): boolean => [404, 405, 414].includes(status);
const isSaid = (text: string): boolean =>
  [errorBody, invalidBody, signInBody, problemBody].some((shape) => shape.safeParse(JSON.parse(text)).success);

const wrongIn = (
  { method, about }: Operation,
  { statusCode: status, payload }: { statusCode: number; payload: string },
) => {
  if (status === 500) return 'fails';
  if (about['responses']?.[String(status)] === undefined && !isUnrouted(status)) return 'is not documented';
  return status < 400 || method === 'HEAD' || isSaid(payload) ? null : 'does not say what is wrong';
};

let document: Json;
let operations: readonly Operation[] = [];
let plain: Hub;
beforeAll(async () => {
  plain = await hub();
  document = (await plain.app.inject('/openapi.json')).json<Json>();
  operations = Object.entries(document['paths'] ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods)
      .map(([method, about]) => ({ method: method.toUpperCase() as Operation['method'], path, about: about as Json }))
      // A stream does not end.
      .filter(() => !path.endsWith('/live')),
  );
});
afterAll(() => plain.app.close());

describe('the APIs', () => {
  it(
    'answer whatever they are asked with what they document, never with 500, and each with what was wanted, too',
    async () => {
      expect(operations.length).toBeGreaterThan(70);
      const unreached: string[] = [];
      for (const operation of operations) {
        const { method, path } = operation;
        const { stage, right } = await staged();
        let isReached = false;
        const calls = callsOf(operation, { right, schemas: document['components']!['schemas']! });
        await fc.assert(
          fc.asyncProperty(calls, async ({ url, body, headers, isForm }) => {
            const { headers: own = {}, ...rest } = ['GET', 'HEAD'].includes(method) ? {} : await sent(body, isForm);
            const all = { ...headers, ...tokenFor(path, stage), ...own };
            const response = await stage.app.inject({ method, url, headers: all, ...rest });
            if (response.statusCode < 400) isReached = true;
            const wrong = wrongIn(operation, response);
            if (wrong !== null)
              throw new Error(`${method} ${url} ${wrong}: ${response.statusCode} ${response.payload.slice(0, 500)}`);
          }),
          { numRuns: CALLS, endOnFailure: true, examples: [[rightCall(operation, right)]] },
        );
        if (!isReached) unreached.push(`${method} ${path}`);
        await stage.app.close();
      }
      expect(unreached).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it.each([{}, { authorization: 'Bearer nobodys-token', api_access_token: 'nobodys-token' }])(
    'are open to nobody with %j but where they are documented so',
    async (headers) => {
      for (const { method, path, about } of operations.filter(({ about: one }) => one['security']?.length)) {
        const url = path.replaceAll(/\{\w+\}/g, '1');
        const response = await plain.app.inject({ method, url, headers });
        expect([method, url, response.statusCode, about['responses']?.['401'] !== undefined]).toEqual([
          method,
          url,
          401,
          true,
        ]);
      }
    },
  );
});
