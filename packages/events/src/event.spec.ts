import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { entities } from './definition.ts';
import { anyEventOf } from './event.arbitrary.ts';
import { newEvent } from './event.builder.ts';
import { definitionOf, eventDefinitions, isEventType, subjectOf, type EventType } from './event.ts';

const types = Object.keys(eventDefinitions) as EventType[];
const parse = (type: EventType, data: unknown) => definitionOf(type).data.safeParse(data);

describe('event', () => {
  /**
   * The shape of every event, as the log keeps it for ever. When this fails, the shape of an event has changed: raise its
   * version, add an upcaster for those already written, and only then update the snapshot (`vitest -u`).
   */
  it('has the shape that its version says', async () => {
    const shapes = Object.fromEntries(
      types.map((type) => {
        const { entity, version, data } = definitionOf(type);
        return [type, { entity, version, data: z.toJSONSchema(data, { io: 'input', unrepresentable: 'any' }) }];
      }),
    );
    await expect(
      `${JSON.stringify(shapes, null, 2)}\n`,
      'an event has changed its shape: raise its version and add an upcaster, then update the snapshot',
    ).toMatchFileSnapshot('./event.shapes.snap');
  });

  it.each(types)('of type %s takes any data its arbitrary makes, and gives it back unchanged', (type) => {
    fc.assert(
      fc.property(anyEventOf(type), ({ data }) => {
        expect(definitionOf(type).data.parse(data)).toEqual(data);
      }),
    );
  });

  it.each(types)('of type %s refuses a key it does not know', (type) => {
    const [{ data }] = fc.sample(anyEventOf(type), { numRuns: 1, seed: 1 }) as unknown as [{ data: object }];
    expect(parse(type, data).success).toBe(true);
    expect(parse(type, { ...data, surprise: 1 }).error?.issues).toMatchObject([
      { code: 'unrecognized_keys', keys: ['surprise'] },
    ]);
  });

  it.each(types)('of type %s is about an entity with an id', (type) => {
    const [event] = fc.sample(anyEventOf(type), { numRuns: 1, seed: 2 });
    const { entity, entityId } = subjectOf(event as Parameters<typeof subjectOf>[0]);
    expect(entities).toContain(entity);
    expect(entityId).toBeGreaterThan(0);
  });

  it('is about the account itself, an agent by their user, and all others by their id', () => {
    const overrides = { accountId: 7 };
    expect(subjectOf(newEvent('account.created', { name: 'Acme' }, overrides))).toEqual({
      entity: 'account',
      entityId: 7,
    });
    expect(subjectOf(newEvent('agent.removed', { user_id: 5 }, overrides))).toEqual({ entity: 'agent', entityId: 5 });
    expect(subjectOf(newEvent('conversation.agent_seen', { id: 12 }, overrides))).toEqual({
      entity: 'conversation',
      entityId: 12,
    });
  });

  it('has the defaults of its schema', () => {
    expect(newEvent('message.created', { id: 1, conversation_id: 2, message_type: 'incoming' }).data).toEqual({
      id: 1,
      conversation_id: 2,
      content: null,
      message_type: 'incoming',
      content_type: 'text',
      content_attributes: {},
      private: false,
      status: 'sent',
      sender: null,
      source_id: null,
      external_source_ids: {},
      additional_attributes: {},
      sentiment: {},
      attachments: [],
    });
    expect(newEvent('agent.added', { user_id: 1 }).data).toEqual({
      user_id: 1,
      role: 'agent',
      availability: 'online',
      auto_offline: true,
    });
  });

  it('says nothing about what has not changed', () => {
    expect(newEvent('message.updated', { id: 1 }).data).toEqual({ id: 1 });
    expect(newEvent('contact.updated', { id: 1, email: null }).data).toEqual({ id: 1, email: null });
  });

  it('keeps a moment in UTC with milliseconds', () => {
    const moment = (snoozed_until: string) =>
      newEvent('conversation.status_changed', { id: 1, status: 'snoozed', snoozed_until }).data.snoozed_until;
    expect(moment('2024-03-01T13:30:00+01:00')).toBe('2024-03-01T12:30:00.000Z');
    expect(() => moment('tomorrow')).toThrow();
  });

  it('keeps what an attachment says beside its known keys', () => {
    const attachment = { id: 1, file_type: 'image', width: 640 };
    expect(newEvent('message.updated', { id: 1, attachments: [attachment] }).data.attachments).toEqual([attachment]);
  });

  it.each<[EventType, unknown]>([
    ['account.created', { name: '' }],
    ['account.created', { name: 'x'.repeat(256) }],
    ['team.created', { id: 0, name: 'Sales' }],
    ['inbox.created', { id: 1, name: 'Web', channel: 'WebWidget' }],
    ['agent.availability_changed', { user_id: 1, availability: 'away' }],
    ['message.created', { id: 1, conversation_id: 2, message_type: 'incoming', content: 'x'.repeat(150_001) }],
    ['message.created', { id: 1, conversation_id: 2, message_type: 'incoming', content_type: null }],
    ['message.created', { id: 1, conversation_id: 2, message_type: 'incoming', sender: { type: 'Contact' } }],
    ['user.created', { id: 1, name: 'Ada', pubsub_token: 'short' }],
    ['user.updated', { id: 1, access_token_hash: 'the token itself' }],
    ['inbox.created', { id: 1, name: 'Api', channel: 'Channel::Api', identifier: 'guessable' }],
  ])('of type %s is refused out of its bounds: %o', (type, data) => {
    expect(parse(type, data).success).toBe(false);
  });

  it('has a type that exists', () => {
    expect(types.every(isEventType)).toBe(true);
    expect(['message', 'message.deleted', 'toString', '__proto__', ''].some(isEventType)).toBe(false);
  });
});
