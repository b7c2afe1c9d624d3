import { validate } from '@readme/openapi-parser';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { bench, type Bench } from '../api.fixture.ts';
import { frames } from './frames.ts';
import { eventTypes } from './openapi.ts';

type Json = { readonly [key: string]: Json } & readonly Json[];
let app: Bench['app'];
beforeAll(async () => void ({ app } = await bench()));

const documentAt = async (url: string): Promise<Json> => (await app.inject(url)).json<Json>();

/** Every reference of a document that leads nowhere in it. */
const brokenReferences = (document: Json): readonly string[] => {
  const found = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, target]) => target ?? '');
  return found.filter((target) => {
    const parts = target
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    return parts.reduce<Json | undefined>((at, part) => at?.[part], document) === undefined;
  });
};

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const document = await documentAt('/openapi.json');
    expect(document['openapi']).toBe('3.1.0');
    expect(brokenReferences(document)).toEqual([]);
    const result = await validate(structuredClone(document) as never);
    expect(result).toMatchObject({ valid: true });
  });

  it('has every route', async () => {
    const { paths } = await documentAt('/openapi.json');
    const names = Object.keys(paths ?? {});
    expect(names).toEqual(
      expect.arrayContaining([
        '/v1/accounts/{account_id}/events',
        '/v1/accounts/{account_id}/events/live',
        '/v1/accounts/{account_id}/presence',
        '/v1/accounts/{account_id}/state',
        '/v1/accounts/{account_id}/typing',
        '/platform/api/v1/accounts',
        '/api/v1/profile',
        '/api/v1/accounts/{account_id}/conversations/{conversation_id}/messages',
        '/public/api/v1/inboxes/{inbox_identifier}/contacts/{source_id}/conversations',
      ]),
    );
    for (const name of names)
      expect(name).toMatch(/^\/((v1|platform|api|public|health|console|attachments)\/|[a-z]+(\.json)?$)/);
  });

  it('says of the events route who may call, and how it refuses', async () => {
    const { paths } = await documentAt('/openapi.json');
    const events = paths?.['/v1/accounts/{account_id}/events']?.['post'];
    expect(Object.keys(events?.['responses'] ?? {})).toEqual([
      '201',
      '400',
      '401',
      '403',
      '408',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(events?.['security']).toEqual([{ token: [] }]);
    expect(Object.keys(events?.['requestBody']?.['content'] ?? {})).toEqual([
      'application/json',
      'application/x-ndjson',
    ]);
  });

  it('says of the compatible APIs who may call, and how they refuse', async () => {
    const { paths } = await documentAt('/openapi.json');
    const messages = paths?.['/api/v1/accounts/{account_id}/conversations/{conversation_id}/messages']?.['post'];
    expect(messages?.['security']).toEqual([{ access_token: [] }]);
    expect(Object.keys(messages?.['responses'] ?? {})).toEqual(
      expect.arrayContaining(['200', '401', '404', '409', '413', '422', '429', '503']),
    );
  });

  it('has each type of event once, with an example', async () => {
    const { components } = await documentAt('/openapi.json');
    const schemas = components?.['schemas'];
    expect(schemas?.['Event']?.['oneOf']).toHaveLength(eventTypes.length);
    for (const type of eventTypes) expect(schemas?.[type]?.['examples']).toMatchObject([{ type }]);
  });

  it('describes what is optional as optional', async () => {
    const { components } = await documentAt('/openapi.json');
    const event = components?.['schemas']?.['message.created'];
    expect(event?.['required']).toEqual(['type', 'data']);
    expect(event?.['properties']?.['data']?.['required']).toEqual(['id', 'conversation_id', 'message_type']);
  });
});

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0', async () => {
    const document = await documentAt('/asyncapi.json');
    expect(brokenReferences(document)).toEqual([]);
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const isValid = ajv.compile(specs.schemasWithoutId['3.0.0'] as object);
    isValid(document);
    expect(isValid.errors).toBeNull();
  });

  it('has every event of the log and of the cable', async () => {
    const document = await documentAt('/asyncapi.json');
    expect(namesAt(document, 'channels', 'events', 'messages')).toEqual(eventTypes.map((type) => `event.${type}`));
    expect(namesAt(document, 'components', 'schemas')).toEqual(
      expect.arrayContaining(eventTypes.map((type) => `event.${type}`)),
    );
    const cable = namesAt(document, 'channels', 'cable', 'messages').filter((name) => name.startsWith('frame.'));
    expect(cable).toEqual(Object.keys(frames).map((event) => `frame.${event}`));
    expect(cable).toHaveLength(13);
  });

  it('says of every event what a reader gets', async () => {
    const { components } = await documentAt('/asyncapi.json');
    const message = components?.['schemas']?.['event.message.created'];
    expect(message?.['required']).toContain('content_attributes');
  });
});

const namesAt = (document: Json, ...path: readonly string[]): readonly string[] =>
  Object.keys(path.reduce<Json | undefined>((at, part) => at?.[part], document) ?? {});
