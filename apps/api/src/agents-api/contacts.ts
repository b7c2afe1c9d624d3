/** Contacts, as agents find, make, change and merge them. */
import type { ContactId } from '@cablehub/events';
import { createContact, mergeContacts, updateContact, type ContactFields } from '@cablehub/commands';
import { z } from 'zod';
import { carriedOut, there } from '../compatible/answering.ts';
import { notFound } from '../compatible/refused.ts';
import { attributes, contactFields, flag, id, optional, page, pathId, text } from '../compatible/schemas.ts';
import { contactInboxView, contactInboxShape, contactShape, wholeContactView } from '../compatible/shapes/people.ts';
import { viewsFor } from '../compatible/views.ts';
import type { ApiServer } from '../server.ts';
import { accountPath, agentIn, inboxFor, type AgentsParts } from './access.ts';

const PAGE = 15;
const contactPath = accountPath.extend({ contact_id: pathId });

const fields = { ...contactFields, additional_attributes: optional(attributes), blocked: optional(flag) } as const;
const changeBody = z.object(fields);
const newBody = z.object({ ...fields, inbox_id: optional(id), source_id: optional(text.min(1)) });

const fieldsOf = (body: z.output<typeof changeBody>): ContactFields => ({
  ...(body.name == null ? {} : { name: body.name }),
  ...(body.email === undefined ? {} : { email: body.email }),
  ...(body.phone_number === undefined ? {} : { phoneNumber: body.phone_number }),
  ...(body.identifier === undefined ? {} : { identifier: body.identifier }),
  ...(body.avatar_url == null ? {} : { avatarUrl: body.avatar_url }),
  ...attributesOf(body),
});

const attributesOf = (body: z.output<typeof changeBody>): ContactFields => ({
  ...(body.custom_attributes === undefined ? {} : { customAttributes: body.custom_attributes }),
  ...(body.additional_attributes === undefined ? {} : { additionalAttributes: body.additional_attributes }),
  ...(body.blocked === undefined ? {} : { blocked: body.blocked }),
});

const madeAnswer = z.object({
  payload: z.object({
    contact: contactShape,
    contact_inbox: z.object({
      inbox: contactInboxShape.shape.inbox.nullable(),
      source_id: z.string().nullable(),
    }),
  }),
});
const listAnswer = z.object({
  meta: z.object({ count: z.int(), current_page: z.int() }),
  payload: z.array(contactShape),
});

export const contactRoutes = (app: ApiServer, { views, execute, findOnline }: AgentsParts): void => {
  const tags = ['agents’ api'];
  const response = { 200: z.object({ payload: contactShape }).describe('The contact.') };

  const list = (url: string, querystring: z.ZodObject<{ page: typeof page; q: z.ZodOptional<z.ZodString> }>): void =>
    void app.get(
      url,
      {
        schema: {
          summary: 'Contacts of the account, 15 a page, the newest first; with q those that have it in them.',
          tags,
          params: accountPath,
          querystring,
          response: { 200: listAnswer.describe('A page.') },
        },
        config: { answers: [422] },
      },
      async (request, reply) => {
        const { accountId } = agentIn(views.reading(), request);
        const online = await findOnline(accountId);
        const reading = viewsFor(views, reply);
        const { page: current, q } = request.query;
        const search = q === undefined || q === '' ? {} : { search: q };
        const rows = reading.contacts(accountId, { limit: PAGE, offset: (current - 1) * PAGE, ...search });
        return {
          meta: { count: reading.contactCount(accountId, q === '' ? undefined : q), current_page: current },
          payload: rows.map((row) => wholeContactView(reading, row, online)),
        };
      },
    );
  const query = z.object({ page, q: text.optional() });
  list('/contacts', query);
  list('/contacts/search', query);

  app.get(
    '/contacts/active',
    {
      schema: {
        summary: 'Contacts that are online, 15 a page, the newest first.',
        tags,
        params: accountPath,
        querystring: z.object({ page }),
        response: { 200: listAnswer.describe('A page.') },
      },
      config: { answers: [422] },
    },
    async (request, reply) => {
      const { accountId } = agentIn(views.reading(), request);
      const online = await findOnline(accountId);
      const reading = viewsFor(views, reply);
      const { page: current } = request.query;
      const ids = [...online].toSorted((a, b) => b - a).slice((current - 1) * PAGE, current * PAGE);
      const rows = ids.flatMap((one) => reading.get('contacts', accountId, one) ?? []);
      return {
        meta: { count: online.size, current_page: current },
        payload: rows.map((row) => wholeContactView(reading, row, online)),
      };
    },
  );

  app.get(
    '/contacts/:contact_id',
    { schema: { summary: 'A contact.', tags, params: contactPath, response } },
    async (request, reply) => {
      const { accountId } = agentIn(views.reading(), request);
      const online = await findOnline(accountId);
      const reading = viewsFor(views, reply);
      const contact = reading.get('contacts', accountId, request.params.contact_id as ContactId);
      if (contact === null) throw notFound();
      return { payload: wholeContactView(reading, contact, online) };
    },
  );

  app.post(
    '/contacts',
    {
      schema: {
        summary: 'Makes a contact, in an inbox when inbox_id is given.',
        tags,
        params: accountPath,
        body: newBody,
        response: { 200: madeAnswer.describe('The contact. Its token is for the customer alone.') },
      },
      config: { answers: [409, 413, 422] },
    },
    async (request, reply) => {
      const { body } = request;
      const before = views.reading();
      const agent = agentIn(before, request);
      const inbox = body.inbox_id === undefined ? null : inboxFor(before, agent, body.inbox_id);
      const made = await carriedOut(
        execute(
          createContact({
            fields: fieldsOf(body),
            by: agent.id,
            ...(inbox === null ? {} : { inbox: inbox.id }),
            ...(body.source_id === undefined ? {} : { sourceId: body.source_id }),
          }),
          agent.options,
        ),
      );
      const online = await findOnline(agent.accountId);
      const reading = viewsFor(views, reply);
      const contact = there(reading.get('contacts', agent.accountId, made.contact));
      const session = made.session === null ? null : reading.get('contactInboxes', agent.accountId, made.session);
      const place = session === null ? { inbox: null, source_id: null } : contactInboxView(reading, session);
      return { payload: { contact: wholeContactView(reading, contact, online), contact_inbox: place } };
    },
  );

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/contacts/:contact_id',
    schema: {
      summary: 'Changes a contact. Attributes are merged with what is there.',
      tags,
      params: contactPath,
      body: changeBody,
      response,
    },
    config: { answers: [409, 413, 422] },
    handler: async (request, reply) => {
      const agent = agentIn(views.reading(), request);
      const { contact } = await carriedOut(
        execute(
          updateContact({
            contact: request.params.contact_id as ContactId,
            fields: fieldsOf(request.body),
            by: agent.id,
          }),
          agent.options,
        ),
      );
      const online = await findOnline(agent.accountId);
      const reading = viewsFor(views, reply);
      return { payload: wholeContactView(reading, there(reading.get('contacts', agent.accountId, contact)), online) };
    },
  });

  app.post(
    '/actions/contact_merge',
    {
      schema: {
        summary: 'Makes one contact of two: the base stays, and everything of the other is its own from then on.',
        tags,
        params: accountPath,
        body: z.object({ base_contact_id: id, mergee_contact_id: id }),
        response: { 200: contactShape.describe('The contact that stays.') },
      },
      config: { answers: [409, 422] },
    },
    async (request, reply) => {
      const agent = agentIn(views.reading(), request);
      const { base_contact_id: base, mergee_contact_id: mergee } = request.body;
      const { contact } = await carriedOut(
        execute(mergeContacts({ base: base as ContactId, mergee: mergee as ContactId, by: agent.id }), agent.options),
      );
      const online = await findOnline(agent.accountId);
      const reading = viewsFor(views, reply);
      return wholeContactView(reading, there(reading.get('contacts', agent.accountId, contact)), online);
    },
  );
};
