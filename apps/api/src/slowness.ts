/**
 * Ends requests whose body does not come, so that nobody holds the server by sending nothing, or next to nothing.
 *
 * Node knows one limit for whole requests. Here a body must have come whole after one period; that of a form with files may
 * take as long as the line of its sender makes it, while in each period some of it comes.
 */
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import type { ApiServer } from './server.ts';

export type Patience = {
  readonly periodMs: number;
  /** What must come of a form with files in each period. */
  readonly leastBytes: number;
  /** Calls again and again after so many milliseconds, until it is stopped. Default: the clock. */
  readonly every?: (ms: number, call: () => void) => () => void;
};

export const PATIENCE: Patience = { periodMs: 30_000, leastBytes: 65_536 };
/** However steadily it comes: far more than the largest form takes at the speed of a telephone. */
export const MOST_REQUEST_MS = 3_600_000;

export const endSlowRequests = (app: ApiServer, { periodMs, leastBytes, every = byClock }: Patience): void => {
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request;
    // What is asked within the process comes by no socket, and has come.
    if (!hasBody(raw) || !(raw.socket instanceof Socket)) return;
    const isForm = takesFiles(request);
    let counted = raw.socket.bytesRead;
    const stop = every(periodMs, () => {
      const had = counted;
      counted = raw.socket.bytesRead;
      if (isForm && counted - had >= leastBytes) return;
      stop();
      end(raw, reply);
    });
    // It has come whole, or its connection is gone; an answer that was early changes nothing.
    for (const ended of ['end', 'close']) raw.once(ended, stop);
  });
};

const end = ({ socket }: IncomingMessage, reply: FastifyReply): void => {
  if (reply.sent) return void socket.destroy();
  reply.header('connection', 'close');
  void reply.send(new Problem('too_slow', 'the body did not come in time; the connection is closed'));
};

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const takesFiles = ({ headers, routeOptions }: FastifyRequest): boolean =>
  routeOptions.config.filesFor !== undefined && /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');

const byClock = (ms: number, call: () => void): (() => void) => {
  const timer = setInterval(call, ms).unref();
  return () => clearInterval(timer);
};
