/**
 * `POST /v1/accounts/:account_id/webhooks/chatwoot`: what happens in an existing installation of Chatwoot or OneHash Chat.
 *
 * Answered once the events that follow are in the log and in this replica's views. The same webhook again finds nothing to do, here
 * and on any other replica; what the hub has no use for is answered as well, so that its sender does not try again.
 */
import { hash } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { Signals } from '@cablehub/log';
import { ViewsFault, type FollowedViews } from '@cablehub/projector';
import type { FastifyRequest } from 'fastify';
import { z, ZodError } from 'zod';
import { authenticate, type FindCaller } from '../authentication.ts';
import { awaitViews, POSITION_HEADER } from '../compatible/views.ts';
import { isDeeperThan, MAX_DEPTH } from '../event-batch.ts';
import { Unconfirmed, ViewsBehind, type Execute, type Failure } from '../execution/executor.ts';
import { checked } from '../pointer.ts';
import { Problem, unavailable } from '../problem.ts';
import { traceparentOf } from '../requests.ts';
import type { ApiServer } from '../server.ts';
import { readJson } from '../submission.ts';
import { accountPath, refuseEncodedBodies } from '../validation.ts';
import { takeWebhook, type TakenWebhook } from './chatwoot.ts';
import { webhook, webhookNames } from './payload.ts';
import { isTrustworthy, type WebhookSecret } from './signature.ts';

export type WebhookParts = {
  readonly views: FollowedViews;
  readonly execute: Execute;
  readonly signals: Pick<Signals, 'sendTyping'>;
  readonly isUp: () => boolean;
  readonly findCaller: FindCaller;
  /** Requests a second for one token. */
  readonly rateLimit: number;
  /** None, the default: webhooks need no signature. */
  readonly webhookSecrets?: readonly WebhookSecret[];
};

export const webhookTaken = z.object({
  status: z
    .enum(['taken', 'duplicate', 'ignored'])
    .describe('`duplicate`: the hub knows all of it. `ignored`: a webhook of another kind'),
  events: z.array(z.string()).describe('the types of the events that followed'),
});

const description = `Takes ${webhookNames.join(', ')}. The token comes as \`Authorization: Bearer\`, or as the password of basic
authentication: \`https://chatwoot:<token>@hub.example.com/…\`. When WEBHOOK_SECRETS is set, \`X-Chatwoot-Signature\` and
\`X-Chatwoot-Timestamp\` are needed, too.`;

const schema = {
  summary: 'Takes a webhook of Chatwoot or OneHash Chat.',
  description,
  tags: ['events'],
  params: accountPath,
  response: { 200: webhookTaken.describe('What it means is in the log.') },
};
const problems = ['malformed_body', 'version_conflict', 'too_large', 'unsupported_media_type', 'invalid'] as const;

export const webhookRoutes = async (app: ApiServer, parts: WebhookParts): Promise<void> => {
  await app.register(
    async (scope: ApiServer) => {
      scope.addHook(
        'onRequest',
        authenticate((header) => parts.findCaller(bearerOf(header))),
      );
      scope.addHook('onRequest', refuseEncodedBodies);
      await scope.register(rateLimit, {
        max: parts.rateLimit,
        timeWindow: 1_000,
        keyGenerator: (request) => request.caller?.key ?? request.ip,
        errorResponseBuilder: (_request, { max }) =>
          new Problem('too_many_requests', `a token may make ${max} requests a second`),
      });
      scope.addHook('onRequest', awaitViews(parts.views));
      // The signature is of the bytes as they came.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        'application/json',
        { parseAs: 'buffer' },
        async (_request: unknown, body: unknown) => body,
      );
      scope.post('/webhooks/chatwoot', { schema, config: { problems } }, async (request, reply) => {
        if (!parts.isUp()) throw unavailable('NATS is away; nothing was taken');
        const body = trustedBody(request, parts.webhookSecrets ?? []);
        const said = webhookIn(body);
        if (said === null) return { status: 'ignored' as const, events: [] };
        const taken = await carriedOut(parts.execute, takeWebhook(said, markOf(request, body)), request);
        if (taken.typing !== null) parts.signals.sendTyping(taken.typing);
        reply.header(POSITION_HEADER, String(parts.views.position()));
        const isNew = taken.events.length > 0 || taken.typing !== null;
        return { status: isNew ? ('taken' as const) : ('duplicate' as const), events: [...taken.events] };
      });
    },
    { prefix: '/v1/accounts/:account_id' },
  );
};

/** Senders of webhooks cannot set headers, but take a user and a password from an address: the password is the token. */
export const bearerOf = (authorization: string | undefined): string | undefined => {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return authorization;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  return `Bearer ${decoded.slice(decoded.indexOf(':') + 1)}`;
};

type AccountRequest = FastifyRequest & { readonly params: z.output<typeof accountPath> };

const headerOf = ({ headers }: FastifyRequest, name: string): string | undefined => {
  const given = headers[name];
  return typeof given === 'string' ? given : undefined;
};

const trustedBody = (request: AccountRequest, secrets: readonly WebhookSecret[]): Buffer => {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const isTrusted = isTrustworthy(secrets, {
    accountId: request.params.account_id,
    body,
    timestamp: headerOf(request, 'x-chatwoot-timestamp'),
    signature: headerOf(request, 'x-chatwoot-signature'),
    now: Date.now(),
  });
  if (!isTrusted)
    throw new Problem('unauthorized', 'sign the webhook: X-Chatwoot-Signature and X-Chatwoot-Timestamp must be right');
  return body;
};

/** The webhook of a body; null: one that the hub has no use for. */
const webhookIn = (body: Buffer): z.output<typeof webhook> | null => {
  const [item, ...others] = valuesIn(body);
  if (item === undefined || others.length > 0) throw new Problem('invalid', 'the body must be one webhook');
  if (isDeeperThan(item, MAX_DEPTH)) throw new Problem('invalid', `the body is nested deeper than ${MAX_DEPTH} levels`);
  const kind = checked(z.looseObject({ event: z.string() }), item);
  if (!kind.ok) throw new Problem('invalid', 'the body must say its event', { errors: kind.errors });
  if (!webhookNames.includes(kind.value.event)) return null;
  const said = checked(webhook, item);
  if (!said.ok) throw new Problem('invalid', 'the webhook does not say what its event needs', { errors: said.errors });
  return said.value;
};

const valuesIn = (body: Buffer): readonly unknown[] => {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new Problem('malformed_body', 'the body is not UTF-8');
  }
  const read = readJson(text);
  if (!read.ok) throw new Problem('malformed_body', read.detail);
  return read.items.map(({ value }) => value);
};

/** The sender's own name for the webhook, else its content: the same however often it is delivered. */
const markOf = (request: FastifyRequest, body: Buffer): string => {
  const delivery = headerOf(request, 'x-chatwoot-delivery') ?? '';
  return /^[A-Za-z0-9._-]{8,64}$/.test(delivery) ? delivery : hash('sha256', body, 'base64url');
};

/** Webhooks about one conversation come at the same moment and are not sent again: each is decided until it is the first. */
const ATTEMPTS = 5;

const carriedOut = async (
  execute: Execute,
  command: ReturnType<typeof takeWebhook>,
  request: AccountRequest,
): Promise<TakenWebhook> => {
  try {
    const options = { accountId: request.params.account_id, traceparent: traceparentOf(request) };
    for (let attempt = 1; ; attempt++) {
      const executed = await execute(command, options);
      if (executed.ok) return executed.result;
      if (executed.failure.reason !== 'conflict' || attempt === ATTEMPTS) throw problemFor(executed.failure);
    }
  } catch (error) {
    throw problemOf(error);
  }
};

const problemFor = (failure: Failure): Problem => {
  switch (failure.reason) {
    case 'invalid':
      return new Problem('invalid', `${failure.attribute} ${failure.message}`);
    case 'conflict':
      return new Problem('version_conflict', 'the same thing was changed at the same time; send the webhook again');
    case 'too_large':
      return new Problem('too_large', 'what the webhook says is larger than can be kept');
    case 'not_found':
    case 'refused':
    case 'forbidden':
      return new Problem('invalid', 'the webhook cannot be taken');
    default:
      return failure satisfies never;
  }
};

const problemOf = (error: unknown): unknown => {
  // What the schema of an event refuses that the webhook's own lets through.
  if (error instanceof ZodError) {
    const said = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
    return new Problem('invalid', `an event of this webhook cannot be: ${said}`);
  }
  const isBehind = error instanceof ViewsBehind || error instanceof Unconfirmed || error instanceof ViewsFault;
  return isBehind ? unavailable(error.message) : error;
};
