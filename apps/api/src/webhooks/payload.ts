/**
 * What a webhook of Chatwoot or OneHash Chat says, as far as the hub reads it (pure).
 *
 * Installations differ in age, so what is not essential may be missing; what is there in another shape than expected is refused,
 * except for looks (avatars, thumbnails), which are left out. Times come as seconds or as text and are read as milliseconds.
 */
import {
  contactId,
  contactInboxId,
  conversationId,
  eventDefinitions,
  inboxId,
  messageId,
  teamId,
} from '@cablehub/events';
import { z } from 'zod';

const { message_type: messageType } = eventDefinitions['message.created'].data.shape;
const { status: messageStatus, content_attributes: attributes } = eventDefinitions['message.updated'].data.shape;
const { status: conversationStatus } = eventDefinitions['conversation.status_changed'].data.shape;
const { priority } = eventDefinitions['conversation.created'].data.shape;

/** The last moment of the year 9999, which is the last that an event may have. */
const END_OF_TIME = 253_402_300_799_999;

/** Seconds since 1970 (with fractions) or a date in text; 0 and null: never. */
const moment = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((given, context): number | null => {
    if (given == null || given === 0 || given === '') return null;
    const ms = typeof given === 'number' ? Math.round(given * 1_000) : Date.parse(given);
    if (ms > 0 && ms <= END_OF_TIME) return ms;
    context.addIssue({ code: 'custom', message: 'must be a moment: seconds since 1970, or a date' });
    return z.NEVER;
  });

const text = z.string().nullish();
/** Attributes that are told whole: none at all when they are not told. */
const whole = attributes.nullish().transform((given) => given ?? {});
const looks = z.string().max(2_048).nullish().catch(null);

/** A contact, a user or a bot: their shapes overlap, and the oldest do not say which of them they are. */
const person = z.object({
  id: z.int().positive(),
  type: text,
  name: text,
  available_name: text,
  email: text,
  phone_number: text,
  identifier: text,
  avatar: looks,
  avatar_url: looks,
  thumbnail: looks,
  additional_attributes: attributes.nullish(),
  custom_attributes: attributes.nullish(),
  blocked: z.boolean().nullish(),
});
export type Person = z.output<typeof person>;

/** Counts from 0 in what clients receive, a name in webhooks. */
const typeOfMessage = z
  .union([messageType, z.int().min(0).max(3)])
  .transform((given) => (typeof given === 'number' ? messageType.options[given]! : given));

const messageDetails = {
  content: text,
  content_type: text,
  content_attributes: attributes.nullish(),
  private: z.boolean().nullish(),
  status: messageStatus.nullish(),
  source_id: text,
  external_source_ids: attributes.nullish(),
  additional_attributes: attributes.nullish(),
  sentiment: attributes.nullish(),
  attachments: z
    .array(z.looseObject({ id: z.int().positive(), file_type: z.string() }))
    .max(15)
    .nullish(),
  updated_at: moment,
};

const contactInbox = z.object({
  id: contactInboxId,
  contact_id: contactId,
  source_id: text.transform((given) => given?.slice(0, 255) ?? ''),
  pubsub_token: text,
  hmac_verified: z
    .boolean()
    .nullish()
    .transform((given) => given ?? false),
});

const conversation = z.object({
  id: conversationId,
  inbox_id: inboxId,
  channel: text,
  status: conversationStatus,
  snoozed_until: moment,
  priority,
  labels: z
    .array(z.string().max(255))
    .max(100)
    .nullish()
    .transform((given) => given ?? []),
  additional_attributes: whole,
  custom_attributes: whole,
  contact_inbox: contactInbox.nullish(),
  messages: z.array(z.object({ id: z.int(), ...messageDetails })).nullish(),
  meta: z
    .object({
      sender: person.nullish(),
      assignee: person.nullish(),
      team: z.object({ id: teamId, name: text }).nullish(),
    })
    .nullish()
    .transform((given) => given ?? {}),
  agent_last_seen_at: moment,
  contact_last_seen_at: moment,
  timestamp: moment,
  created_at: moment,
  updated_at: moment,
});
export type ConversationSaid = z.output<typeof conversation>;

const named = z.object({ id: z.int().positive(), name: text }).nullish();

/** What changed, column by column; of interest is when. */
const changes = {
  changed_attributes: z.array(z.record(z.string(), z.unknown())).nullish(),
};

const message = z.object({
  id: messageId,
  message_type: typeOfMessage,
  ...messageDetails,
  created_at: moment,
  sender: person.nullish(),
  /** Who wrote it, before senders could be contacts. */
  contact: person.nullish(),
  inbox: named,
  account: named,
  conversation,
});

const contact = person.extend({ id: contactId, account: named, ...changes });
export type ContactSaid = z.output<typeof contact>;

const typing = z.object({ user: person, conversation, is_private: z.boolean().nullish() });
export type TypingSaid = z.output<typeof typing>;

const state = conversation.extend(changes);

export const webhook = z.discriminatedUnion('event', [
  state.extend({ event: z.literal('conversation_created') }),
  state.extend({ event: z.literal('conversation_updated') }),
  state.extend({ event: z.literal('conversation_status_changed') }),
  message.extend({ event: z.literal('message_created') }),
  message.extend({ event: z.literal('message_updated') }),
  contact.extend({ event: z.literal('contact_created') }),
  contact.extend({ event: z.literal('contact_updated') }),
  typing.extend({ event: z.literal('conversation_typing_on') }),
  typing.extend({ event: z.literal('conversation_typing_off') }),
]);
export type Webhook = z.output<typeof webhook>;
export type MessageSaid = Extract<Webhook, { readonly event: `message_${string}` }>;

/** The webhooks that are taken; any other is none of the hub's business. */
export const webhookNames: readonly string[] = webhook.options.map(({ shape }) => shape.event.value);

/** When a row was changed, by its own list of changes: the only place where a contact's webhook says it. */
export const changedAt = ({ changed_attributes: changed }: Pick<ContactSaid, 'changed_attributes'>): number | null => {
  const change = changed?.find((one) => Object.hasOwn(one, 'updated_at'))?.['updated_at'];
  const value = moment.safeParse((change as { readonly current_value?: unknown } | null)?.current_value);
  return value.success ? value.data : null;
};
