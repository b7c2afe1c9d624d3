/**
 * The OpenAPI 3.1 document: the routes as they are registered, with the problems each can answer and the events.
 *
 * The bodies of the events route and of webhooks are described here and not in their routes: one is read and checked event by
 * event, with pointers, where a schema of the whole would say less; of the other the bytes are signed.
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { eventDefinitions, isEventType, type EventType } from '@cablehub/events';
import type { RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { submittedEvent } from '../event-batch.ts';
import { MAX_EVENTS } from '../events-route.ts';
import { problemBody, problems, type ProblemName } from '../problem.ts';
import { webhook } from '../webhooks/payload.ts';
import { compatibleAnswers, errorSchemas, securityOf, securitySchemes, tags } from './compatible.ts';
import { exampleEvent } from './examples.ts';
import { componentsOf, reference, type JsonSchema } from './json-schema.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a route can answer beside its success and what every route of its kind can. */
    problems?: readonly ProblemName[];
    /** The statuses that a route of the original's shapes can answer beside those that all of them can. */
    answers?: readonly number[];
    /** The answer goes on until the client leaves. */
    streams?: boolean;
  }
}

const WEBHOOK_PATH = '/v1/accounts/{account_id}/webhooks/chatwoot';
const EVENTS_PATH = '/v1/accounts/{account_id}/events';
const ofEveryAccountRoute: readonly ProblemName[] = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'too_many_requests',
  'internal',
  'unavailable',
];

export const openApiOptions = (): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'cablehub',
      version: '1.0.0',
      description: 'Domain events in over HTTP, ActionCable frames out. Problems are RFC 9457 problem details.',
    },
    components: {
      securitySchemes,
    },
    tags: [...tags],
  },
  transform: (route) => {
    const { schema, url } = jsonSchemaTransform(route);
    return { schema: withProblems(schema, route.route), url };
  },
  transformObject: (given) => ('openapiObject' in given ? withEvents(given.openapiObject) : given.swaggerObject),
});

type RouteSchema = ReturnType<typeof jsonSchemaTransform>['schema'];

const withProblems = (schema: RouteSchema, { url, config }: RouteOptions): RouteSchema => {
  const ofAccount = url.startsWith('/v1/') ? ofEveryAccountRoute : [];
  const withBody: readonly ProblemName[] = (config?.problems ?? []).includes('malformed_body') ? ['too_slow'] : [];
  const own = compatibleAnswers(url, config?.answers ?? []);
  return {
    ...schema,
    security: securityOf(url),
    response: {
      ...(schema.response as object),
      ...problemResponses([...ofAccount, ...withBody, ...(config?.problems ?? [])]),
      ...own,
    },
  } as RouteSchema;
};

const problemResponses = (names: readonly ProblemName[]): Readonly<Record<number, JsonSchema>> => {
  const statuses = new Set(names.map((name) => problems[name].status));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const titles = names.filter((name) => problems[name].status === status).map((name) => problems[name].title);
      const content = { 'application/problem+json': { schema: reference('Problem') } };
      return [status, { description: titles.join('; '), content }];
    }),
  );
};

type OpenApi = { paths?: Record<string, unknown>; components?: { schemas?: Record<string, unknown> } };

const withEvents = <Document extends object>(document: Document): Document => {
  const { paths = {}, components = {} } = document as OpenApi;
  const taking = (path: string, requestBody: JsonSchema): Record<string, unknown> => {
    const known = paths[path] as { readonly post: object };
    return { [path]: { ...known, post: { ...known.post, requestBody } } };
  };
  return {
    ...document,
    paths: { ...paths, ...taking(EVENTS_PATH, eventsBody()), ...taking(WEBHOOK_PATH, webhookBody()) },
    components: {
      ...components,
      schemas: { ...components.schemas, ...eventSchemas(), ...componentsOf({ Webhook: webhook }, 'input') },
    },
  };
};

export const eventTypes = Object.keys(eventDefinitions).filter(isEventType);

const eventSchemas = (): Readonly<Record<string, JsonSchema>> => {
  const named = eventTypes.map((type): [string, z.ZodType] => {
    const { data } = eventDefinitions[type];
    return [type, submittedEvent.extend({ type: z.literal(type), data })];
  });
  const schemas = componentsOf(Object.fromEntries(named), 'input');
  const { Problem = {} } = componentsOf({ Problem: problemBody }, 'output');
  return {
    ...Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, isEventType(name) ? withExample(name, schema) : schema]),
    ),
    Event: {
      description: 'One event: a fact in the past tense. `data` depends on `type`.',
      oneOf: eventTypes.map(reference),
      discriminator: {
        propertyName: 'type',
        mapping: Object.fromEntries(eventTypes.map((type) => [type, reference(type).$ref])),
      },
    },
    Problem,
    ...errorSchemas(),
  };
};

const withExample = (type: EventType, schema: JsonSchema): JsonSchema => ({
  ...schema,
  examples: [exampleEvent(type)],
});

const webhookBody = (): JsonSchema => ({
  required: true,
  description:
    'One webhook, as the installation sends it. What is not said here is not read; an event that is none of these is ignored.',
  content: { 'application/json': { schema: reference('Webhook') } },
});

const eventsBody = (): JsonSchema => ({
  required: true,
  description: `At most ${MAX_EVENTS} events and 1 MiB. All of them are checked before any is appended.`,
  content: {
    'application/json': {
      schema: {
        anyOf: [reference('Event'), { type: 'array', minItems: 1, maxItems: MAX_EVENTS, items: reference('Event') }],
      },
      examples: Object.fromEntries(eventTypes.map((type) => [type, { value: exampleEvent(type) }])),
    },
    'application/x-ndjson': {
      schema: { type: 'string', description: 'One event a line; blank lines are skipped.' },
      examples: {
        lines: {
          value: `${eventTypes
            .slice(0, 2)
            .map((type) => JSON.stringify(exampleEvent(type)))
            .join('\n')}\n`,
        },
      },
    },
  },
});
