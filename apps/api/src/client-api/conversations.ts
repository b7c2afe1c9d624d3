/** The conversations of a customer. */
import type { ConversationId } from '@cablehub/events';
import { beginConversation, resolveByContact, seeByContact } from '@cablehub/commands';
import type { Reading, Row } from '@cablehub/projector';
import { z } from 'zod';
import { carriedOut, empty, there } from '../compatible/answering.ts';
import { attributes, nothing, optional } from '../compatible/schemas.ts';
import { publicConversation, publicConversationShape } from '../compatible/shapes/conversations.ts';
import { viewsFor } from '../compatible/views.ts';
import { unavailable } from '../problem.ts';
import { traceparentOf } from '../requests.ts';
import type { ApiServer } from '../server.ts';
import { contactPath, conversationAt, conversationPath, sessionAt, type ClientParts } from './parts.ts';

/** A customer with more conversations is shown the newest. */
const MOST = 100;

export const conversationRoutes = (app: ApiServer, { views, execute, signals, isUp }: ClientParts): void => {
  const tags = ['client api'];
  const response = { 200: publicConversationShape.describe('The conversation.') };
  const found = (reading: Reading, accountId: Row<'accounts'>['id'], id: ConversationId) =>
    publicConversation(reading, there(reading.get('conversations', accountId, id)));

  app.get(
    '/contacts/:source_id/conversations',
    {
      schema: {
        summary: 'The conversations of a session; of a proven customer, all of theirs.',
        tags,
        params: contactPath,
        response: { 200: z.array(publicConversationShape).describe(`Oldest first; the newest ${MOST} at most.`) },
      },
    },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      const { session } = sessionAt(reading, request.params);
      const rows = session.hmacVerified
        ? reading.conversationsWith(session.accountId, session.contactId, MOST)
        : reading.conversationsInSession(session.accountId, session.id, MOST);
      return rows.toReversed().map((row) => publicConversation(reading, row));
    },
  );

  app.post(
    '/contacts/:source_id/conversations',
    {
      schema: {
        summary: 'Begins a conversation.',
        description: 'In an inbox that is locked to a single conversation, the session goes on with its newest.',
        tags,
        params: contactPath,
        body: z.object({ custom_attributes: optional(attributes) }),
        response,
      },
      config: { answers: [409, 413, 422] },
    },
    async (request, reply) => {
      const { session } = sessionAt(views.reading(), request.params);
      const { custom_attributes: customAttributes } = request.body;
      const wanted = { session: session.id, ...(customAttributes === undefined ? {} : { customAttributes }) };
      const { id } = await carriedOut(
        execute(beginConversation(wanted), { accountId: session.accountId, traceparent: traceparentOf(request) }),
      );
      return found(viewsFor(views, reply), session.accountId, id);
    },
  );

  app.get(
    '/contacts/:source_id/conversations/:conversation_id',
    { schema: { summary: 'A conversation.', tags, params: conversationPath, response } },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      return publicConversation(reading, conversationAt(reading, request.params).conversation);
    },
  );

  app.post(
    '/contacts/:source_id/conversations/:conversation_id/toggle_status',
    {
      schema: {
        summary: 'Ends a conversation; one that is resolved stays so.',
        tags,
        params: conversationPath,
        response,
      },
      config: { answers: [409] },
    },
    async (request, reply) => {
      const { conversation } = conversationAt(views.reading(), request.params);
      const { accountId } = conversation;
      const { id } = await carriedOut(
        execute(resolveByContact(conversation.id), { accountId, traceparent: traceparentOf(request) }),
      );
      return found(viewsFor(views, reply), accountId, id);
    },
  );

  app.post(
    '/contacts/:source_id/conversations/:conversation_id/toggle_typing',
    {
      schema: {
        summary: 'Tells agents that the customer types, or stops.',
        tags,
        params: conversationPath,
        body: z.object({
          typing_status: z.string().max(255).nullish().describe('on or off; anything else tells nobody'),
        }),
        response: { 200: nothing },
      },
      config: { answers: [422] },
    },
    async (request, reply) => {
      const { conversation, session } = conversationAt(viewsFor(views, reply), request.params);
      const { typing_status: status } = request.body;
      if (!isUp()) throw unavailable('NATS is away; nobody was told');
      if (status === 'on' || status === 'off')
        signals.sendTyping({
          accountId: conversation.accountId,
          conversationId: conversation.id,
          status,
          typist: { kind: 'contact', contactInboxId: session.id },
          isPrivate: false,
        });
      return empty(reply);
    },
  );

  app.post(
    '/contacts/:source_id/conversations/:conversation_id/update_last_seen',
    {
      schema: {
        summary: 'Tells agents that the customer has read everything.',
        tags,
        params: conversationPath,
        response: { 200: nothing },
      },
      config: { answers: [409] },
    },
    async (request, reply) => {
      const { conversation } = conversationAt(views.reading(), request.params);
      await carriedOut(
        execute(seeByContact(conversation.id), {
          accountId: conversation.accountId,
          traceparent: traceparentOf(request),
        }),
      );
      viewsFor(views, reply);
      return empty(reply);
    },
  );
};
