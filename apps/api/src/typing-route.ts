/** `POST /v1/accounts/:account_id/typing`: somebody types, or stops. A signal: heard by who listens now, never stored. */
import { contactInboxId, conversationId, userId } from '@cablehub/events';
import type { Signals, Typing } from '@cablehub/log';
import { z } from 'zod';
import { unavailable } from './problem.ts';
import type { ApiServer } from './server.ts';
import { accountPath } from './validation.ts';

export const typingBody = z
  .strictObject({
    conversation_id: conversationId,
    status: z.enum(['on', 'off']),
    user_id: userId.optional().describe('the agent who types; this or contact_inbox_id'),
    contact_inbox_id: contactInboxId.optional().describe('the customer session that types; this or user_id'),
    is_private: z.boolean().default(false).describe('a private note is typed: never told to the customer'),
  })
  .refine((body) => (body.user_id === undefined) !== (body.contact_inbox_id === undefined), {
    message: 'must have either user_id or contact_inbox_id',
  });

export const typingAccepted = z.strictObject({});

export const typingRoute = (
  app: ApiServer,
  { signals, isUp }: { readonly signals: Pick<Signals, 'sendTyping'>; readonly isUp: () => boolean },
): void => {
  const schema = {
    summary: 'Tells that somebody types, or stops.',
    tags: ['signals'],
    params: accountPath,
    body: typingBody,
    response: { 202: typingAccepted.describe('Told to everybody who listens now.') },
  };
  const problems = ['malformed_body', 'too_large', 'unsupported_media_type', 'invalid'] as const;

  app.post('/typing', { schema, config: { problems } }, async (request, reply) => {
    if (!isUp()) throw unavailable('NATS is away; nobody was told');
    const { conversation_id, status, is_private: isPrivate } = request.body;
    const { account_id: accountId } = request.params;
    signals.sendTyping({
      accountId,
      conversationId: conversation_id,
      status,
      typist: typistOf(request.body),
      isPrivate,
    });
    return reply.code(202).send({});
  });
};

const typistOf = (body: z.output<typeof typingBody>): Typing['typist'] => {
  if (body.user_id !== undefined) return { kind: 'user', userId: body.user_id };
  return { kind: 'contact', contactInboxId: contactInboxId.parse(body.contact_inbox_id) };
};
