/** The inbox and the contact of a customer. */
import { openSession, updateBySession, verifySession, type ContactFields } from '@cablehub/commands';
import type { Reading } from '@cablehub/projector';
import { z } from 'zod';
import { carriedOut, there } from '../compatible/answering.ts';
import { contactFields, optional, text } from '../compatible/schemas.ts';
import { contactRow, contactRowShape } from '../compatible/shapes/people.ts';
import { viewsFor } from '../compatible/views.ts';
import { traceparentOf } from '../requests.ts';
import type { ApiServer } from '../server.ts';
import {
  contactPath,
  identityParameters,
  inboxAt,
  inboxPath,
  isProven,
  sessionAt,
  type ClientParts,
  type Session,
} from './parts.ts';

const publicInbox = z.object({
  identifier: z.string(),
  identity_validation_enabled: z.boolean(),
  name: z.string(),
  timezone: z.string(),
  working_hours: z.array(z.looseObject({})),
  working_hours_enabled: z.boolean(),
  csat_survey_enabled: z.boolean(),
  greeting_enabled: z.boolean(),
});

const publicContact = z.object({
  source_id: z.string(),
  pubsub_token: z.string().describe('what the customer subscribes with'),
  id: z.int(),
  name: z.string(),
  email: z.string().nullable(),
  phone_number: z.string().nullable(),
});

const contactBody = z.object({ ...contactFields, ...identityParameters });
const newContactBody = contactBody.extend({
  source_id: optional(text.min(1)).describe('the name of the session; a random one when absent'),
});
type ContactBody = z.output<typeof contactBody>;

const fieldsOf = (body: ContactBody): ContactFields => ({
  ...(body.name === undefined ? {} : { name: body.name }),
  ...(body.email === undefined ? {} : { email: body.email }),
  ...(body.phone_number === undefined ? {} : { phoneNumber: body.phone_number }),
  ...(body.avatar_url === undefined ? {} : { avatarUrl: body.avatar_url }),
  ...(body.custom_attributes === undefined ? {} : { customAttributes: body.custom_attributes }),
});

const publicContactOf = (views: Reading, { session }: Pick<Session, 'session'>): z.infer<typeof publicContact> => {
  const contact = there(views.get('contacts', session.accountId, session.contactId));
  const { id, name, email, phoneNumber } = contact;
  const { sourceId, pubsubToken } = session;
  return { source_id: sourceId, pubsub_token: pubsubToken, id, name, email, phone_number: phoneNumber };
};

export const contactRoutes = (app: ApiServer, { views, execute }: ClientParts): void => {
  const tags = ['client api'];
  const response = { 200: publicContact.describe('The contact, and the token of the session.') };

  app.get(
    '',
    {
      schema: {
        summary: 'The inbox.',
        tags,
        params: inboxPath,
        response: { 200: publicInbox.describe('What a client may know of it.') },
      },
    },
    async (request, reply) => {
      const inbox = inboxAt(viewsFor(views, reply), request.params);
      return {
        identifier: inbox.identifier ?? '',
        identity_validation_enabled: inbox.hmacMandatory,
        name: inbox.name,
        timezone: 'UTC',
        working_hours: [],
        working_hours_enabled: false,
        csat_survey_enabled: false,
        greeting_enabled: false,
      };
    },
  );

  app.post(
    '/contacts',
    {
      schema: {
        summary: 'Makes a session for a customer, or finds it.',
        description:
          'The same source_id gives the same session. Otherwise a contact of the same identifier, e-mail address or phone number gets another session, and only when there is none a contact is made.',
        tags,
        params: inboxPath,
        body: newContactBody,
        response,
      },
      config: { answers: [409, 413, 422] },
    },
    async (request, reply) => {
      const { body } = request;
      const inbox = inboxAt(views.reading(), request.params);
      isProven(inbox, body);
      const fields = { ...fieldsOf(body), ...(body.identifier == null ? {} : { identifier: body.identifier }) };
      const { session } = await carriedOut(
        execute(
          openSession({
            inbox: inbox.id,
            fields,
            ...(body.source_id === undefined ? {} : { sourceId: body.source_id }),
          }),
          { accountId: inbox.accountId, traceparent: traceparentOf(request) },
        ),
      );
      const reading = viewsFor(views, reply);
      return publicContactOf(reading, { session: there(reading.get('contactInboxes', inbox.accountId, session)) });
    },
  );

  app.get(
    '/contacts/:source_id',
    {
      schema: {
        summary: 'The contact of a session.',
        description: 'With a right identifier_hash the session counts as proven from then on.',
        tags,
        params: contactPath,
        querystring: z.object({ identifier: text.optional(), identifier_hash: text.optional() }),
        response,
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const { inbox, session } = sessionAt(views.reading(), request.params);
      if (isProven(inbox, request.query) && !session.hmacVerified)
        await carriedOut(
          execute(verifySession(session.id), { accountId: inbox.accountId, traceparent: traceparentOf(request) }),
        );
      const reading = viewsFor(views, reply);
      return publicContactOf(reading, sessionAt(reading, request.params));
    },
  );

  app.route({
    method: ['PATCH', 'PUT'],
    url: '/contacts/:source_id',
    schema: {
      summary: 'Says more of the contact.',
      description:
        'When another contact has the e-mail address or phone number already, this one is merged into it. The identifier serves the proof alone.',
      tags,
      params: contactPath,
      body: contactBody,
      response: { 200: contactRowShape.describe('The contact; after a merge the one that stays.') },
    },
    config: { answers: [409, 413, 422] },
    handler: async (request, reply) => {
      const { inbox, session } = sessionAt(views.reading(), request.params);
      const isVerified = isProven(inbox, request.body);
      const { contact } = await carriedOut(
        execute(updateBySession({ session: session.id, fields: fieldsOf(request.body), isVerified }), {
          accountId: inbox.accountId,
          traceparent: traceparentOf(request),
        }),
      );
      return contactRow(there(viewsFor(views, reply).get('contacts', inbox.accountId, contact)));
    },
  });
};
