/** Messages, as agents read and write them. */
import type { MessageId } from '@cablehub/events';
import { deleteMessage, reportStatus, writeAsAgent, type MessageContent } from '@cablehub/commands';
import { z } from 'zod';
import { filesOfForm, withFiles, withPath } from '../attachments/uploads.ts';
import { carriedOut, there } from '../compatible/answering.ts';
import { attributes, content, flag, optional, pathId, queryId, text } from '../compatible/schemas.ts';
import { messageShape, messageView, metaOf } from '../compatible/shapes/conversations.ts';
import { agentShape, attributes as anyAttributes, contactShape } from '../compatible/shapes/people.ts';
import { viewsFor } from '../compatible/views.ts';
import type { ApiServer } from '../server.ts';
import { agentIn, conversationIn, conversationPath, type AgentsParts } from './access.ts';

const messagePath = conversationPath.extend({ message_id: pathId });

const listAnswer = z.object({
  meta: z.object({
    labels: z.array(z.string()),
    additional_attributes: anyAttributes,
    contact: contactShape.nullable(),
    assignee: agentShape.optional(),
    agent_last_seen_at: z.string().nullable(),
    assignee_last_seen_at: z.string().nullable(),
  }),
  payload: z.array(messageShape),
});

const newBody = z.object({
  content: content.nullish(),
  message_type: optional(z.enum(['outgoing', 'incoming'])).describe('incoming: only in inboxes of the API'),
  private: optional(flag),
  content_type: optional(z.string().regex(/^[a-z_]{1,64}$/, 'must be lower-case letters and underscores')),
  content_attributes: optional(attributes),
  echo_id: optional(z.union([text, z.int().transform(String)])).describe('comes back in the answer and in the frame'),
  source_id: optional(text),
  ...filesOfForm,
});

const contentIn = (body: z.output<typeof newBody>): MessageContent => ({
  content: body.content ?? null,
  ...(body.content_type === undefined ? {} : { contentType: body.content_type }),
  ...(body.content_attributes === undefined ? {} : { contentAttributes: body.content_attributes }),
  ...(body.echo_id === undefined ? {} : { echoId: body.echo_id }),
  ...(body.source_id === undefined ? {} : { sourceId: body.source_id }),
});

export const messageRoutes = (app: ApiServer, { views, execute, uploads, findOnline }: AgentsParts): void => {
  const tags = ['agents’ api'];
  const response = { 200: messageShape.describe('The message.') };

  app.get(
    '/conversations/:conversation_id/messages',
    {
      schema: {
        summary: 'Messages of a conversation, oldest first.',
        description:
          'The newest 20; with before (a message id) the 20 before it; with after the 100 after it; with both at most 1,000 between, after itself included.',
        tags,
        params: conversationPath,
        querystring: z.object({
          before: queryId,
          after: queryId,
          filter_internal_messages: z.enum(['true', 'false']).optional().describe('true: what the customer may read'),
        }),
        response: { 200: listAnswer.describe('The messages, and what stands above them.') },
      },
      config: { answers: [422] },
    },
    async (request, reply) => {
      const online = await findOnline(agentIn(views.reading(), request).accountId);
      const reading = viewsFor(views, reply);
      const { conversation } = conversationIn(reading, request);
      const { before, after, filter_internal_messages: isFiltered } = request.query;
      const messages = reading.messages(conversation.accountId, conversation.id, {
        chatOnly: isFiltered === 'true',
        ...(before === undefined ? {} : { before: before as MessageId }),
        ...(after === undefined ? {} : { after: after as MessageId }),
      });
      const { sender, assignee } = metaOf(reading, conversation, online);
      const seen = isoOf(conversation.agentLastSeenAt);
      return {
        meta: {
          labels: conversation.labels,
          additional_attributes: conversation.additionalAttributes,
          contact: sender,
          ...(assignee === undefined ? {} : { assignee }),
          agent_last_seen_at: seen,
          assignee_last_seen_at: assignee === undefined ? null : seen,
        },
        payload: messages.map((message) => messageView(reading, message)),
      };
    },
  );

  app.post(
    '/conversations/:conversation_id/messages',
    {
      schema: {
        summary: 'Writes a message or a private note.',
        description: 'As JSON, or as a form with files.',
        consumes: ['application/json', 'multipart/form-data'],
        tags,
        params: conversationPath,
        body: newBody,
        response,
      },
      config: {
        answers: [409, 413, 422],
        saysPlainly: true,
        filesFor: async (request) =>
          conversationIn(views.reading(), withPath(request, conversationPath)).agent.accountId,
      },
    },
    async (request, reply) => {
      const { agent, conversation } = conversationIn(views.reading(), request);
      const { body } = request;
      const { id } = await carriedOut(
        withFiles(request, (attachments) =>
          execute(
            writeAsAgent({
              conversation: conversation.id,
              by: agent.id,
              ...(body.message_type === undefined ? {} : { messageType: body.message_type }),
              ...(body.private === undefined ? {} : { isPrivate: body.private }),
              ...contentIn(body),
              attachments,
            }),
            agent.options,
          ),
        ),
      );
      const reading = viewsFor(views, reply);
      const message = messageView(reading, there(reading.get('messages', agent.accountId, id)));
      return body.echo_id === undefined ? message : { ...message, echo_id: body.echo_id };
    },
  );

  app.patch(
    '/conversations/:conversation_id/messages/:message_id',
    {
      schema: {
        summary: 'Tells what became of a message, in inboxes of the API.',
        description: 'What was read does not become delivered again.',
        tags,
        params: messagePath,
        body: z.object({
          status: z.enum(['sent', 'delivered', 'read', 'failed']),
          external_error: optional(z.string().max(2_000)),
        }),
        response,
      },
      config: { answers: [403, 409, 413, 422] },
    },
    async (request, reply) => {
      const { agent, conversation } = conversationIn(views.reading(), request);
      const { status, external_error: externalError } = request.body;
      const { id } = await carriedOut(
        execute(
          reportStatus({
            conversation: conversation.id,
            message: request.params.message_id as MessageId,
            status,
            ...(externalError === undefined ? {} : { externalError }),
          }),
          agent.options,
        ),
      );
      const reading = viewsFor(views, reply);
      return messageView(reading, there(reading.get('messages', agent.accountId, id)));
    },
  );

  app.delete(
    '/conversations/:conversation_id/messages/:message_id',
    {
      schema: { summary: 'Takes a message’s content and files away.', tags, params: messagePath, response },
      config: { answers: [409] },
    },
    async (request, reply) => {
      const before = views.reading();
      const { agent, conversation } = conversationIn(before, request);
      const attached = before.get('messages', agent.accountId, request.params.message_id as MessageId)?.attachments;
      const { id } = await carriedOut(
        execute(
          deleteMessage({
            conversation: conversation.id,
            message: request.params.message_id as MessageId,
            by: agent.id,
          }),
          agent.options,
        ),
      );
      await uploads.forget(attached ?? []);
      const reading = viewsFor(views, reply);
      return messageView(reading, there(reading.get('messages', agent.accountId, id)));
    },
  );
};

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
