/** The AsyncAPI 3.0 document: the events in the log, and what travels on the cable. */
import { eventDefinitions } from '@cablehub/events';
import { subjects } from '@cablehub/log';
import type { z } from 'zod';
import { commands, protocolFrames } from './commands.ts';
import { exampleData } from './examples.ts';
import {
  agentBot,
  contact,
  contactInbox,
  conversation,
  frameOf,
  frames,
  message,
  user,
  type FrameEvent,
} from './frames.ts';
import { componentsOf, reference, type JsonSchema, type NamedSchemas } from './json-schema.ts';
import { eventTypes } from './openapi.ts';

const eventNames = eventTypes.map((type) => ({ type, name: `event.${type}` }));
const frameNames = Object.keys(frames).map((event) => ({ event: event as FrameEvent, name: `frame.${event}` }));
const named = (prefix: string, schemas: NamedSchemas): NamedSchemas =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [`${prefix}.${name}`, schema]));

export const asyncApiDocument = (): JsonSchema => ({
  asyncapi: '3.0.0',
  info: {
    title: 'cablehub',
    version: '1.0.0',
    description: 'Domain events in the log (NATS JetStream), and the ActionCable frames that clients receive.',
  },
  defaultContentType: 'application/json',
  servers: {
    nats: { host: 'localhost:4222', protocol: 'nats', description: 'The NATS of the hub; inside only.' },
    cable: { host: 'localhost:3000', protocol: 'ws', pathname: '/cable', description: 'The gateway.' },
  },
  channels: channels(),
  operations: operations(),
  components: { messages: messages(), schemas: schemas(), messageTraits: { cloudEvent } },
});

const commandNames = Object.keys(named('command', commands));
const protocolNames = Object.keys(named('protocol', protocolFrames));
const sentNames = [...protocolNames, ...frameNames.map(({ name }) => name)];

const messagesOf = (names: readonly string[]): JsonSchema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));

const channels = (): JsonSchema => ({
  events: {
    address: 'events.{partition}.{account_id}.{entity}.{entity_id}',
    title: 'The log',
    description: `Every event there is, in one order, for ever (${subjects.allEvents}): CloudEvents 1.0 in NATS’ binary mode.`,
    servers: [{ $ref: '#/servers/nats' }],
    parameters: {
      partition: { description: 'account_id modulo 64' },
      account_id: { description: 'the account' },
      entity: { description: 'the kind of thing the event is about' },
      entity_id: { description: 'which of them' },
    },
    messages: messagesOf(eventNames.map(({ name }) => name)),
  },
  cable: {
    address: '/cable',
    title: 'The cable',
    description: 'ActionCable (actioncable-v1-json): one JSON object a text message.',
    servers: [{ $ref: '#/servers/cable' }],
    messages: messagesOf([...commandNames, ...sentNames]),
  },
});

const operation = (action: 'send' | 'receive', channel: string, names: readonly string[]): JsonSchema => ({
  action,
  channel: { $ref: `#/channels/${channel}` },
  messages: names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
});

const operations = (): JsonSchema => ({
  appendEvents: {
    ...operation(
      'send',
      'events',
      eventNames.map(({ name }) => name),
    ),
    summary: 'The api and presence append.',
  },
  takeCommands: { ...operation('receive', 'cable', commandNames), summary: 'A client commands.' },
  sendFrames: { ...operation('send', 'cable', sentNames), summary: 'A subscriber gets frames.' },
});

const cloudEvent = {
  headers: {
    type: 'object',
    required: ['ce-specversion', 'ce-id', 'ce-type', 'ce-source', 'ce-time', 'ce-subject', 'ce-schemaversion'],
    properties: {
      'ce-specversion': { const: '1.0' },
      'ce-id': { type: 'string', description: 'unique within the account' },
      'ce-type': { type: 'string' },
      'ce-source': { type: 'string', description: 'who stated it: /api, /presence, …' },
      'ce-time': { type: 'string', format: 'date-time' },
      'ce-subject': { type: 'string', description: '<entity>/<entity_id>' },
      'ce-schemaversion': { type: 'string', description: 'the version of the data’s shape' },
      'content-type': { const: 'application/json' },
      traceparent: { type: 'string', description: 'W3C trace context, when the producer gave one' },
    },
  },
};

const messages = (): JsonSchema =>
  Object.fromEntries([
    ...eventNames.map(({ type, name }) => [
      name,
      {
        name: type,
        payload: reference(name),
        traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
        examples: [{ name: 'example', payload: eventDefinitions[type].data.parse(exampleData[type]) }],
      },
    ]),
    ...[...commandNames, ...protocolNames].map((name) => [name, { name, payload: reference(name) }]),
    ...frameNames.map(({ event, name }) => [name, { name: event, payload: reference(name) }]),
  ]) as JsonSchema;

const schemas = (): JsonSchema => {
  const events = eventNames.map(({ type, name }): [string, z.ZodType] => [name, eventDefinitions[type].data]);
  const objects = { contact, user, agent_bot: agentBot, contact_inbox: contactInbox, message, conversation };
  const sent = frameNames.map(({ event, name }): [string, z.ZodType] => [name, frameOf(event)]);
  return {
    ...componentsOf(Object.fromEntries(events), 'output'),
    ...componentsOf({ ...objects, ...named('command', commands), ...named('protocol', protocolFrames) }, 'input'),
    ...componentsOf({ ...objects, ...Object.fromEntries(sent) }, 'input'),
  };
};
