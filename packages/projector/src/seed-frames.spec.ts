import { readdirSync, readFileSync } from 'node:fs';
import type { AccountId, ContactInboxId, ConversationId, NewEvent } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { agentsPresence } from './payloads/presence.ts';
import { johnIs, story } from './story.fixture.ts';
import { given, toldBy, type Told } from './testing.ts';
import { announceTyping } from './typing.ts';

type Json = Readonly<Record<string, unknown>>;

const contract = new URL('../contract/', import.meta.url);
const samples = readdirSync(contract)
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const frame = JSON.parse(readFileSync(new URL(file, contract), 'utf8')) as {
      message: { event: string; data: Json };
    };
    return { file, ...frame.message };
  });

/** What the samples show of their own day and not of the contract, by sample and path, and why. */
const artefacts: Readonly<Record<string, readonly string[]>> = {
  // Captured before the conversation's own id was loaded.
  'assignee_changed.json': ['id'],
  // In 2021 an agent's message had no content type; it always meant text.
  'conversation_read.json': ['messages.0.content_type'],
};

/** Keys beyond the samples, which today's official clients read. */
const added = {
  conversation: [
    'custom_attributes',
    'labels',
    'snoozed_until',
    'priority',
    'first_reply_created_at',
    'waiting_since',
    'last_activity_at',
    'created_at',
    'updated_at',
    'performer',
  ],
  meta: ['assignee_type', 'team', 'hmac_verified'],
  message: [
    'processed_message_content',
    'additional_attributes',
    'sentiment',
    'conversation',
    'previous_changes',
    'echo_id',
    'attachments',
    'performer',
  ],
  contact: ['blocked', 'performer'],
  user: ['thumbnail'],
  typing: ['is_private'],
} as const;
const addedAnywhere = new Set<string>(Object.values(added).flat());

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
};

/** Every way in which `actual` is not of the sample's shape: missing keys, other types, keys nobody listed. */
const differences = (sample: unknown, actual: unknown, path = ''): readonly string[] => {
  if (typeOf(sample) !== typeOf(actual)) return [`${path}: ${typeOf(actual)} instead of ${typeOf(sample)}`];
  if (Array.isArray(sample) && Array.isArray(actual)) {
    if (sample.length !== actual.length) return [`${path}: ${actual.length} items instead of ${sample.length}`];
    return sample.flatMap((item, index) => differences(item, actual[index], `${path}.${index}`));
  }
  if (typeOf(sample) !== 'object') return [];
  const [wanted, found] = [sample as Json, actual as Json];
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  return [
    ...Object.keys(wanted).flatMap((key) =>
      key in found ? differences(wanted[key], found[key], at(key)) : [`${at(key)}: missing`],
    ),
    ...Object.keys(found).flatMap((key) => (key in wanted || addedAnywhere.has(key) ? [] : [`${at(key)}: not listed`])),
  ];
};

const events = story();
const upTo = (id: string): readonly NewEvent[] => events.slice(0, events.findIndex((event) => event.id === id) + 1);

/** The frame agents get for the story's event of this id. */
const frameOf = (id: string, before: readonly NewEvent[] = []): Told => {
  const [event, ...past] = upTo(id).toReversed();
  const { told } = given([...past.toReversed(), ...before]).when(event!);
  return told.find(({ lane }) => lane === 'agents')!;
};

const typingFrame = (status: 'on' | 'off'): Told => {
  const { views } = given(upTo('onehash-conversation-7-seen-1'));
  const announcements = announceTyping(
    views,
    {
      accountId: 1 as AccountId,
      conversationId: 7 as ConversationId,
      status,
      typist: { kind: 'contact', contactInboxId: 8 as ContactInboxId },
      isPrivate: false,
    },
    { now: 0, options: { contactTokens: 'visible' } },
  );
  return toldBy(announcements)[0]!;
};

/** For each sample, the frame of the events that led to its state. */
const frames: Readonly<Record<string, () => { readonly event: string; readonly data: unknown }>> = {
  'assignee_changed.json': () => frameOf('onehash-conversation-7-assigned'),
  'contact_created.json': () => frameOf('onehash-contact-10'),
  'contact_updated.json': () => frameOf('onehash-contact-12-updated'),
  'conversation_contact_changed.json': () => frameOf('onehash-conversation-9-merged'),
  'conversation_created.json': () => frameOf('onehash-conversation-7'),
  'conversation_read.json': () => frameOf('onehash-conversation-9-read'),
  'conversation_status_changed.json': () =>
    frameOf('onehash-conversation-7-pending', [johnIs('offline', '2021-07-23T17:19:50.000Z')]),
  'conversation_typing_off.json': () => typingFrame('off'),
  'conversation_typing_on.json': () => typingFrame('on'),
  'message_created.json': () => frameOf('onehash-message-106'),
  'message_updated.json': () => frameOf('onehash-message-111-submitted'),
  'presence_update.json': () => agentsPresence(1 as AccountId, { 1: 'online' }, { 1: 'online' }),
  'team_changed.json': () => frameOf('onehash-conversation-8-team'),
};

describe('the contract', () => {
  it('has a sample for each of the 13 events', () => {
    expect(new Set(samples.map(({ event }) => event)).size).toBe(13);
    expect(samples.map(({ file }) => file).toSorted()).toEqual(Object.keys(frames).toSorted());
  });

  it.each(samples)('is met by $event: the same keys, of the same types', ({ file, event, data }) => {
    const frame = frames[file]!();
    expect(frame.event).toBe(event);
    const found = differences(data, frame.data).filter(
      (difference) => !(artefacts[file] ?? []).includes(difference.split(':')[0]!),
    );
    expect(found).toEqual([]);
  });

  it('is met to the value where the story tells the same', () => {
    const { data } = samples.find(({ file }) => file === 'conversation_status_changed.json')!;
    const frame = frames['conversation_status_changed.json']!().data as Json;
    const token = 'demo-customer-white-shadow-394';
    const expected = JSON.parse(JSON.stringify(data).replaceAll('"pubsub_token":"token"', `"pubsub_token":"${token}"`));
    expect(frame).toMatchObject(expected as Json);
  });

  it('says every added key that a frame has', () => {
    const message = frames['message_created.json']!().data as Json;
    expect(Object.keys(message)).toEqual(
      expect.arrayContaining(['conversation', 'processed_message_content', 'echo_id']),
    );
    expect(message['conversation']).toEqual({
      assignee_id: 1,
      unread_count: 1,
      last_activity_at: 1627060394,
      contact_inbox: { source_id: '4f5c785e-abba-4527-82a9-bbdb2117c167' },
    });
  });
});
