/** What the OpenAPI document says of the APIs that keep the original's shapes: who may call, and how they refuse. */
import { errorBody, invalidBody, signInBody } from '../compatible/refused.ts';
import { componentsOf, reference, type JsonSchema } from './json-schema.ts';

export const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description:
      'One of API_TOKENS, for one account or for all; for the timeline also an administrator’s access token.',
  },
  access_token: {
    type: 'apiKey',
    in: 'header',
    name: 'api_access_token',
    description:
      'A user’s access token; for the platform API one of API_TOKENS. `Authorization: Bearer` is taken, too.',
  },
} as const;

export const tags = [
  {
    name: 'client api',
    description: 'What a customer’s app calls: an inbox’s identifier and a source id are its secrets.',
  },
  { name: 'agents’ api', description: 'What an agent’s app calls, with the user’s own token.' },
  { name: 'set-up', description: 'Agents, teams, inboxes and their members; changed by administrators.' },
  { name: 'platform api', description: 'Accounts and users from nothing, with one of the hub’s own tokens.' },
  { name: 'attachments', description: 'The files of messages, at signed addresses.' },
  { name: 'timeline', description: 'What happened in an account, and how things stood then.' },
  { name: 'events', description: 'Facts, kept for ever.' },
  { name: 'signals', description: 'What matters now and is never stored.' },
  { name: 'health', description: 'How the api is.' },
  { name: 'about', description: 'These documents, and what the console begins with.' },
] as const;

const isOf = (prefix: string, url: string): boolean => url.startsWith(`/${prefix}/`);

export const securityOf = (url: string): readonly Readonly<Record<string, readonly string[]>>[] => {
  if (isOf('v1', url)) return [{ token: [] }];
  return isOf('api', url) || isOf('platform', url) ? [{ access_token: [] }] : [];
};

const titles: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'Who calls may not do this, or is not known',
  403: 'It is not for things of this kind',
  404: 'There is no such thing',
  408: 'The request did not come in time',
  409: 'It was changed at the same time; look at it and try again',
  413: 'It is too large',
  415: 'The body has a content type that is not taken',
  422: 'A parameter is wrong, or it cannot be done as things are',
  429: 'Too many requests',
  500: 'The hub failed',
  503: 'The hub cannot do this now; when it has an X-Hub-Position, it is done and this replica does not see it yet',
};

const ofEveryRoute = [400, 401, 404, 408, 413, 415, 429, 500, 503];

export const compatibleAnswers = (url: string, own: readonly number[]): Readonly<Record<number, JsonSchema>> => {
  if (!['public', 'api', 'platform'].some((prefix) => isOf(prefix, url))) return {};
  const statuses = [...new Set([...ofEveryRoute, ...own])];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: titles[status] ?? '', content: { 'application/json': { schema: schemaOf(status) } } },
    ]),
  );
};

const schemaOf = (status: number): JsonSchema => {
  if (status === 401) return { anyOf: [reference('Error'), reference('SignInError')] };
  return status === 422 ? { anyOf: [reference('InvalidError'), reference('Error')] } : reference('Error');
};

export const errorSchemas = (): Readonly<Record<string, JsonSchema>> =>
  componentsOf({ Error: errorBody, InvalidError: invalidBody, SignInError: signInBody }, 'output');
