/** Turns whatever ends a request early into a problem. */
import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { randomUUID } from 'node:crypto';
import { LogFault } from '@cablehub/log';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, problemBodyOf, problems, unavailable, type ProblemName } from './problem.ts';

/** What Fastify finds wrong before a route sees the request, by its code. */
const frameworkProblems: Readonly<Record<string, readonly [ProblemName, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too_large', 'a body may have at most 1 MiB'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'this path takes no such content type'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed_body', 'the body is not as long as its Content-Length says'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed_body', 'the body is empty'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed_body', 'the body is not JSON'],
  FST_ERR_NOT_FOUND: ['not_found', 'there is nothing at this path'],
};

export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (error instanceof LogFault && /^(nats|s3)_unavailable$/.test(error.code)) return unavailable(error.message);
  const { code = '', statusCode = 500 } = error as { readonly code?: string; readonly statusCode?: number };
  const known = frameworkProblems[code];
  if (known !== undefined) return new Problem(...known);
  if (statusCode >= 400 && statusCode < 500) return new Problem('bad_request', 'the request cannot be read');
  return new Problem('internal', 'the request could not be served; the log has more under this request id');
};

export const sendProblem = (problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply
    .code(problems[problem.code].status)
    .headers({ 'x-request-id': request.id, ...problem.extras.headers })
    .type('application/problem+json')
    .send(JSON.stringify(problemBodyOf(problem, request.id)));

/** The end of every request that fails. What is not expected is logged, and told to nobody else. */
export const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const problem = problemOf(error);
  if (problem.code === 'internal') request.log.error({ err: error }, 'a request failed');
  return sendProblem(problem, request, reply);
};

/** What is not HTTP never becomes a request: it is answered on the socket, which is then closed. */
export const onUnreadable = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = new Problem('bad_request', 'the request cannot be read as HTTP');
  const { status } = problems[problem.code];
  const body = JSON.stringify(problemBodyOf(problem, randomUUID()));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};

/** Answers what no route takes: 404, or 405 where the path has other methods. Call it before the routes are added. */
export const answerUnrouted = (app: FastifyInstance): void => {
  const paths = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return; // of anything below, which is no path of its own
    const path = paths.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const one of [method].flat()) path.methods.add(one);
    paths.set(url, path);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/[?;#].*$/, '');
    const found = [...paths.values()].find(({ pattern }) => pattern.test(path));
    if (found === undefined)
      return sendProblem(new Problem('not_found', 'there is nothing at this path'), request, reply);
    const allow = [...found.methods].join(', ');
    return sendProblem(
      new Problem('method_not_allowed', `this path takes ${allow}`, { headers: { allow } }),
      request,
      reply,
    );
  });
};

const patternOf = (url: string): RegExp => new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
