/**
 * How the APIs that keep the original's shapes say no: its bodies, with one that tells what is wrong, and never 500 for input.
 */
import { LogFault } from '@cablehub/log';
import { ViewsFault } from '@cablehub/projector';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z, ZodError } from 'zod';
import { problemOf } from '../answers.ts';
import { Unconfirmed, ViewsBehind, type Failure } from '../execution/executor.ts';
import { OutOfIds } from '../execution/id-supply.ts';
import { problems, type Problem } from '../problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whatever is wrong is said as `error`, without the parameters that are. */
    saysPlainly?: boolean;
  }
}

export const errorBody = z.object({ error: z.string() });
export const invalidBody = z.object({
  message: z.string(),
  attributes: z.array(z.string()).describe('the parameters that are wrong'),
});
/** Without any credentials. */
export const signInBody = z.object({ errors: z.array(z.string()) });

type Body = z.infer<typeof errorBody> | z.infer<typeof invalidBody> | z.infer<typeof signInBody>;

/** Ends a request as the original would. */
export class Refused extends Error {
  readonly status: number;
  readonly body: Body;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: Body, headers: Readonly<Record<string, string>> = {}) {
    super(`answered with ${status}`);
    this.name = 'Refused';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export const notFound = (): Refused => new Refused(404, { error: 'Resource could not be found' });
export const unauthorized = (error: string): Refused => new Refused(401, { error });
export const notAllowed = (): Refused => unauthorized('You are not authorized to do this action');
export const unprocessable = (error: string): Refused => new Refused(422, { error });
export const invalid = (message: string, ...attributes: readonly string[]): Refused =>
  new Refused(422, { message, attributes: [...attributes] });
const conflict = (): Refused =>
  new Refused(409, { error: 'It has been changed at the same time; look at it and try again' });

export const refusedFor = (failure: Failure): Refused => {
  switch (failure.reason) {
    case 'not_found':
      return notFound();
    case 'invalid':
      return invalid(failure.message, failure.attribute);
    case 'refused':
      return unprocessable(failure.message);
    case 'forbidden':
      return new Refused(403, { error: failure.message });
    case 'conflict':
      return conflict();
    case 'too_large':
      return new Refused(413, { error: 'It is larger than can be kept' });
    default:
      return failure satisfies never;
  }
};

const RETRY_AFTER = { 'retry-after': '2' } as const;

const refusedOf = (error: unknown): Refused => {
  if (error instanceof Refused) return error;
  if (error instanceof ZodError) return invalidFrom(error);
  if (error instanceof ViewsBehind)
    return new Refused(503, { error: error.message }, { ...RETRY_AFTER, 'x-hub-position': String(error.position) });
  if (error instanceof ViewsFault || error instanceof Unconfirmed || error instanceof LogFault)
    return new Refused(503, { error: error.message }, RETRY_AFTER);
  if (error instanceof OutOfIds) return unprocessable(error.message);
  return ofProblem(problemOf(error));
};

const ofProblem = (problem: Problem): Refused => {
  const { status } = problems[problem.code];
  const { errors = [], headers = {} } = problem.extras;
  if (status !== 422) return new Refused(status, { error: problem.message }, headers);
  const attributes = errors.map(({ pointer }) => pointer.split('/')[1] ?? '').filter((name) => name !== '');
  const message = errors.map(({ pointer, detail }) => `${pointer.slice(1) || 'the body'} ${detail}`).join(', ');
  return invalid(message, ...new Set(attributes));
};

/** What the schema of an event refuses that a route let through. */
const invalidFrom = ({ issues }: ZodError): Refused => {
  const names = new Set(issues.map(({ path }) => String(path[0] ?? '')).filter((name) => name !== ''));
  return invalid(issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', '), ...names);
};

const plain = ({ status, body, headers }: Refused): Refused =>
  new Refused(status, 'message' in body ? { error: body.message } : body, headers);

/** The end of every request that fails. What is not expected is logged, and told to nobody else. */
export const onRefused = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const refused = request.routeOptions.config.saysPlainly === true ? plain(refusedOf(error)) : refusedOf(error);
  if (refused.status === 500) request.log.error({ err: error }, 'a request failed');
  return reply
    .code(refused.status)
    .headers({ 'x-request-id': request.id, ...refused.headers })
    .type('application/json')
    .send(JSON.stringify(refused.body));
};
