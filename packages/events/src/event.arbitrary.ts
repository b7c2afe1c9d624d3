/** Any event that can be appended, for properties: made by hand so that every optional key is there and not there. */
import fc, { type Arbitrary } from 'fast-check';
import { definitionOf, type EventType, eventDefinitions, type NewEvent } from './event.ts';

type Keys = Readonly<Record<string, Arbitrary<unknown>>>;

const id = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.maxSafeNat().map((value) => Math.max(1, value)),
);
const text = fc.string({ unit: 'binary', maxLength: 20 });
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const url = fc.webUrl();
const nullable = <T>(value: Arbitrary<T>): Arbitrary<T | null> => fc.option(value, { nil: null });
/** Through JSON once: it knows no -0. */
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const attributes = fc.dictionary(fc.string({ maxLength: 10 }), json, { maxKeys: 4 });
const time = fc
  .date({ min: new Date('2015-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const oneOf = fc.constantFrom;
const token = fc.stringMatching(/^[A-Za-z0-9._~-]{16,40}$/);
const availability = oneOf('online', 'busy', 'offline');
const role = oneOf('agent', 'administrator');
const performer: Keys = { performer_id: id };
const hash = nullable(fc.stringMatching(/^[0-9a-f]{64}$/));
const members = fc.array(id, { maxLength: 5 });

const contact: Keys = {
  name,
  email: nullable(text),
  phone_number: nullable(text),
  identifier: nullable(text),
  thumbnail: url,
  additional_attributes: attributes,
  custom_attributes: attributes,
  blocked: fc.boolean(),
  ...performer,
};
const inboxSettings: Keys = {
  hmac_token: nullable(text),
  hmac_mandatory: fc.boolean(),
  lock_to_single_conversation: fc.boolean(),
};
const sender = fc.oneof(
  fc.record({ type: fc.constant('Contact'), id }),
  fc.record({ type: fc.constant('User'), id }),
  fc.record({ type: fc.constant('AgentBot'), id, name, avatar_url: url }),
);
const message: Keys = {
  content: nullable(fc.string({ unit: 'binary', maxLength: 200 })),
  content_type: oneOf('text', 'cards', 'input_email'),
  content_attributes: attributes,
  status: oneOf('sent', 'delivered', 'read', 'failed'),
  source_id: nullable(text),
  external_source_ids: attributes,
  additional_attributes: attributes,
  sentiment: attributes,
  attachments: fc.array(fc.record({ id, file_type: text, data_url: url, extension: nullable(text) }), { maxLength: 2 }),
  ...performer,
};

/** By type: the keys an event must say, and those it may. */
const shapes: { readonly [Type in EventType]: readonly [must: Keys, may: Keys] } = {
  'account.created': [{ name }, {}],
  'user.created': [
    { id, name, pubsub_token: token },
    { available_name: name, avatar_url: url, email: nullable(text), access_token_hash: hash },
  ],
  'user.updated': [
    { id },
    {
      name,
      available_name: name,
      avatar_url: url,
      email: nullable(text),
      pubsub_token: token,
      access_token_hash: hash,
    },
  ],
  'agent.added': [{ user_id: id }, { role, availability, auto_offline: fc.boolean() }],
  'agent.updated': [{ user_id: id }, { role, availability, auto_offline: fc.boolean() }],
  'agent.removed': [{ user_id: id }, {}],
  'agent.availability_changed': [{ user_id: id, availability }, {}],
  'inbox.created': [
    { id, name, channel: oneOf('Channel::WebWidget', 'Channel::Api', 'Channel::Email') },
    { identifier: nullable(fc.stringMatching(/^[A-Za-z0-9._~-]{16,64}$/)), ...inboxSettings },
  ],
  'inbox.updated': [{ id }, { name, ...inboxSettings }],
  'inbox.members_changed': [{ id }, { added: members, removed: members }],
  'team.created': [{ id, name }, {}],
  'team.updated': [{ id, name }, {}],
  'contact.created': [{ id, name }, contact],
  'contact.updated': [{ id }, contact],
  'contact.merged': [{ id, into_id: id }, performer],
  'contact_inbox.created': [
    { id, contact_id: id, inbox_id: id, source_id: text, pubsub_token: token },
    { hmac_verified: fc.boolean() },
  ],
  'contact_inbox.verified': [{ id }, {}],
  'contact_inbox.moved': [{ id, contact_id: id }, {}],
  'conversation.created': [
    { id, inbox_id: id, contact_inbox_id: id },
    {
      status: oneOf('open', 'resolved', 'pending', 'snoozed'),
      assignee_id: nullable(id),
      team_id: nullable(id),
      priority: nullable(oneOf('low', 'medium', 'high', 'urgent')),
      labels: fc.array(text, { maxLength: 3 }),
      additional_attributes: attributes,
      custom_attributes: attributes,
      ...performer,
    },
  ],
  'conversation.status_changed': [
    { id, status: oneOf('open', 'resolved', 'pending', 'snoozed') },
    { snoozed_until: nullable(time), ...performer },
  ],
  'conversation.assignee_changed': [{ id, assignee_id: nullable(id) }, performer],
  'conversation.team_changed': [{ id, team_id: nullable(id) }, performer],
  'conversation.contact_changed': [{ id, contact_id: id }, performer],
  'conversation.contact_seen': [{ id }, performer],
  'conversation.agent_seen': [{ id }, performer],
  'message.created': [
    { id, conversation_id: id, message_type: oneOf('incoming', 'outgoing', 'activity', 'template') },
    { ...message, private: fc.boolean(), sender: nullable(sender), echo_id: text },
  ],
  'message.updated': [{ id }, message],
};

/** Any data of one type, in the shape it has after its schema: defaults filled in. */
export const anyDataOf = (type: EventType): Arbitrary<Readonly<Record<string, unknown>>> => {
  const [must, may] = shapes[type];
  return fc
    .record({ ...may, ...must }, { requiredKeys: Object.keys(must) })
    .map((data) => definitionOf(type).data.parse(data) as Readonly<Record<string, unknown>>);
};

/** Any event of one type. */
export const anyEventOf = (type: EventType): Arbitrary<NewEvent> =>
  fc.record(
    {
      type: fc.constant(type),
      data: anyDataOf(type),
      id: fc.stringMatching(/^[\x21-\x7e]{1,128}$/),
      accountId: id,
      time,
      source: oneOf('/api', '/presence'),
      traceparent: fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    },
    { requiredKeys: ['type', 'data', 'id', 'accountId', 'time', 'source'] },
  ) as unknown as Arbitrary<NewEvent>;

/** Any event of any type. */
export const anyEvent = (): Arbitrary<NewEvent> =>
  fc.oneof(...(Object.keys(eventDefinitions) as EventType[]).map(anyEventOf));
