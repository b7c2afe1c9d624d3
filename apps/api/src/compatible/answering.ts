/** The last steps of a call: what came of a command, or nothing but that it is done. */
import type { FastifyReply } from 'fastify';
import type { Executed } from '../execution/executor.ts';
import { refusedFor } from './refused.ts';

/** The result of a command that was carried out. Throws what it was refused with. */
export const carriedOut = async <Result>(executing: Promise<Executed<Result>>): Promise<Result> => {
  const executed = await executing;
  if (!executed.ok) throw refusedFor(executed.failure);
  return executed.result;
};

/** The row that a call was about. Throws a conflict when something else has taken it away meanwhile. */
export const there = <T>(row: T | null): T => {
  if (row === null) throw refusedFor({ reason: 'conflict' });
  return row;
};

/** An empty answer. */
export const empty = (reply: FastifyReply): string => {
  reply.type('text/plain').serializer((body: string) => body);
  return '';
};
