/** The messages of a customer's conversation. */
import type { MessageId } from '@cablehub/events';
import { submitValues, writeAsContact } from '@cablehub/commands';
import { z } from 'zod';
import { filesOfForm, withFiles, withPath } from '../attachments/uploads.ts';
import { carriedOut, there } from '../compatible/answering.ts';
import { content, optional, queryId, text } from '../compatible/schemas.ts';
import { publicMessage, publicMessageShape } from '../compatible/shapes/conversations.ts';
import { awaitViews, viewsFor } from '../compatible/views.ts';
import { traceparentOf } from '../requests.ts';
import type { ApiServer } from '../server.ts';
import { conversationAt, conversationPath, messagePath, type ClientParts } from './parts.ts';

const answer = z.string().max(10_000);
const submitted = z.union([
  z
    .array(
      z.object({
        name: answer.nullish(),
        title: answer.nullish(),
        value: z.union([answer, z.number(), z.boolean()]).nullish(),
      }),
    )
    .max(100),
  z.object({
    csat_survey_response: z.object({ rating: z.int().min(1).max(5), feedback_message: answer.nullish() }),
  }),
]);

export const messageRoutes = (app: ApiServer, { views, execute }: ClientParts): void => {
  const tags = ['client api'];
  const response = { 200: publicMessageShape.describe('The message.') };

  app.get(
    '/contacts/:source_id/conversations/:conversation_id/messages',
    {
      schema: {
        summary: 'Messages that the customer may read, oldest first.',
        description:
          'The newest 20; with before (a message id) the 20 before it; with after the 100 after it; with both what is between, after itself included.',
        tags,
        params: conversationPath,
        querystring: z.object({ before: queryId, after: queryId }),
        response: { 200: z.array(publicMessageShape).describe('The messages.') },
      },
      config: { answers: [422] },
    },
    async (request, reply) => {
      const reading = viewsFor(views, reply);
      const { conversation } = conversationAt(reading, request.params);
      const { before, after } = request.query;
      const window = {
        chatOnly: true,
        ...(before === undefined ? {} : { before: before as MessageId }),
        ...(after === undefined ? {} : { after: after as MessageId }),
      };
      return reading
        .messages(conversation.accountId, conversation.id, window)
        .map((message) => publicMessage(reading, message));
    },
  );

  app.post(
    '/contacts/:source_id/conversations/:conversation_id/messages',
    {
      schema: {
        summary: 'Writes a message.',
        description:
          'As JSON, or as a form with files. A resolved or snoozed conversation opens again. echo_id comes back in the message.created frame.',
        consumes: ['application/json', 'multipart/form-data'],
        tags,
        params: conversationPath,
        body: z.object({ content: content.nullish(), echo_id: optional(text), ...filesOfForm }),
        response,
      },
      config: {
        answers: [409, 413, 422],
        filesFor: async (request) => {
          await awaitViews(views)(request);
          return conversationAt(views.reading(), withPath(request, conversationPath).params).conversation.accountId;
        },
      },
    },
    async (request, reply) => {
      const { conversation } = conversationAt(views.reading(), request.params);
      const { accountId } = conversation;
      const { content: said, echo_id: echoId } = request.body;
      const { id } = await carriedOut(
        withFiles(request, (attachments) =>
          execute(
            writeAsContact({
              conversation: conversation.id,
              content: said ?? null,
              attachments,
              ...(echoId === undefined ? {} : { echoId }),
            }),
            { accountId, traceparent: traceparentOf(request) },
          ),
        ),
      );
      const reading = viewsFor(views, reply);
      return publicMessage(reading, there(reading.get('messages', accountId, id)));
    },
  );

  app.route({
    method: ['PATCH', 'PUT'],
    url: '/contacts/:source_id/conversations/:conversation_id/messages/:message_id',
    schema: {
      summary: 'Fills in what a message asks for.',
      description: 'Values of a form, or the rating of a survey, which can be given for 14 days.',
      tags,
      params: messagePath,
      body: z.object({ submitted_values: submitted }),
      response,
    },
    config: { answers: [409, 413, 422] },
    handler: async (request, reply) => {
      const { conversation } = conversationAt(views.reading(), request.params);
      const { accountId } = conversation;
      const { id } = await carriedOut(
        execute(
          submitValues({
            conversation: conversation.id,
            message: request.params.message_id as MessageId,
            submittedValues: withoutUndefined(request.body.submitted_values),
          }),
          { accountId, traceparent: traceparentOf(request) },
        ),
      );
      const reading = viewsFor(views, reply);
      return publicMessage(reading, there(reading.get('messages', accountId, id)));
    },
  });
};

/** As JSON has it: what was left out is not there. */
const withoutUndefined = (value: z.output<typeof submitted>) =>
  JSON.parse(JSON.stringify(value)) as z.core.util.JSONType;
