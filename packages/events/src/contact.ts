import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { contactId } from './ids.ts';
import { attributes, name, performer, text, url } from './values.ts';

const email = text.nullable();
const phoneNumber = z.string().max(32).nullable();
const identifier = text.nullable();

/** A customer of the account. */
export const contactEvents = {
  'contact.created': defineEvent({
    entity: 'contact',
    version: 1,
    data: z.strictObject({
      id: contactId,
      name,
      email: email.default(null),
      phone_number: phoneNumber.default(null),
      identifier: identifier.default(null),
      thumbnail: url.default(''),
      additional_attributes: attributes.default({}),
      custom_attributes: attributes.default({}),
      blocked: z.boolean().default(false),
      ...performer,
    }),
    entityId: (data) => data.id,
  }),
  'contact.updated': defineEvent({
    entity: 'contact',
    version: 1,
    data: z.strictObject({
      id: contactId,
      name: name.optional(),
      email: email.optional(),
      phone_number: phoneNumber.optional(),
      identifier: identifier.optional(),
      thumbnail: url.optional(),
      additional_attributes: attributes.optional(),
      custom_attributes: attributes.optional(),
      blocked: z.boolean().optional(),
      ...performer,
    }),
    entityId: (data) => data.id,
  }),
  /** The contact turned out to be another, who stays; its conversations and sessions have moved there before. */
  'contact.merged': defineEvent({
    entity: 'contact',
    version: 1,
    data: z.strictObject({ id: contactId, into_id: contactId, ...performer }),
    entityId: (data) => data.id,
  }),
} as const;
