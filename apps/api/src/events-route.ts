/**
 * `POST /v1/accounts/:account_id/events`: domain events into the log.
 *
 * The whole batch is checked before anything is appended, and answered when JetStream has acknowledged all of it. When
 * it could not be appended as a whole, the answer tells of every event whether it is in the log. Sending the same events
 * again under the same ids is always safe. No views are waited for: whoever reads next sends the answer's `X-Hub-Position` with
 * that request.
 */
import { randomUUID } from 'node:crypto';
import type { EventLog } from '@cablehub/log';
import { z } from 'zod';
import { reportOf } from './append-report.ts';
import { POSITION_HEADER } from './compatible/views.ts';
import { readBatch, type Batch } from './event-batch.ts';
import type { ApiMetrics, BatchOutcome } from './metrics.ts';
import { Problem, unavailable, type ProblemItem, type ProblemName } from './problem.ts';
import { traceparentOf } from './requests.ts';
import type { ApiServer } from './server.ts';
import { readJson, readLines, type Item, type Submission } from './submission.ts';
import { accountPath } from './validation.ts';

export type EventsParts = {
  readonly log: Pick<EventLog, 'append'>;
  readonly isUp: () => boolean;
  readonly metrics: ApiMetrics;
};

/** A batch with more events than this is refused. */
export const MAX_EVENTS = 1_000;

export const eventsAppended = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      sequence: z.int().positive().describe('the place in the log'),
      duplicate: z.boolean().describe('the id was appended before, at this sequence'),
    }),
  ),
});

export const eventsRoute = (app: ApiServer, { log, isUp, metrics }: EventsParts): void => {
  const count = (outcome: BatchOutcome): void => metrics.batches.inc({ outcome });
  const readers = { 'application/json': readJson, 'application/x-ndjson': readLines };
  const schema = {
    summary: 'Appends events to the log.',
    description:
      'The answer does not wait until they can be read. Its X-Hub-Position, sent with the next request to the compatible APIs, makes that one see them.',
    tags: ['events'],
    params: accountPath,
    response: { 201: eventsAppended.describe('All events are in the log.') },
  };
  const problems = ['malformed_body', 'version_conflict', 'too_large', 'unsupported_media_type', 'invalid'] as const;

  // In a scope of its own: only here a body is read line by line, and its text matters to say where it is wrong.
  app.register(async (scope: ApiServer) => {
    scope.removeAllContentTypeParsers();
    for (const [type, read] of Object.entries(readers))
      scope.addContentTypeParser(type, { parseAs: 'buffer' }, async (_request: unknown, body: string | Buffer) =>
        submissionIn(body as Buffer, read),
      );

    scope.post('/events', { schema, config: { problems } }, async (request, reply) => {
      if (!isUp()) {
        count('unavailable');
        throw unavailable('NATS is away; nothing was appended');
      }
      const batch = batchOf(itemsIn(request.body), (items) =>
        readBatch(items, {
          accountId: request.params.account_id,
          now: new Date().toISOString(),
          newId: randomUUID,
          ...traceOf(traceparentOf(request)),
        }),
      );
      if (!batch.ok) {
        count('invalid');
        throw batch.problem;
      }
      const { events } = batch;
      const stopTimer = metrics.appendSeconds.startTimer();
      const results = await log.append(events);
      stopTimer();
      for (const [index, result] of results.entries())
        if (result.ok && !result.duplicate) metrics.events.inc({ type: events[index]?.event.type ?? '' });
      const report = reportOf(events, results);
      count(report.outcome);
      // Of a batch that failed in its middle, too: what was appended can be waited for.
      const reached = Math.max(0, ...results.map((result) => (result.ok ? result.position : 0)));
      if (reached > 0) reply.header(POSITION_HEADER, String(reached));
      if (!report.ok) throw report.problem;
      return reply.code(201).send({ events: [...report.events] });
    });
  });
};

const traceOf = (traceparent: string | undefined): { traceparent?: string } =>
  traceparent === undefined ? {} : { traceparent };

const submissionIn = (body: Buffer, read: (text: string) => Submission): Submission => {
  try {
    return read(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { ok: false, detail: 'the body is not UTF-8' };
  }
};

type ReadBatch = Extract<Batch, { ok: true }> | { readonly ok: false; readonly problem: Problem };

const batchOf = (submission: Submission, read: (items: readonly Item[]) => Batch): ReadBatch => {
  const refused = (name: ProblemName, detail: string, errors: readonly ProblemItem[] = []): ReadBatch => ({
    ok: false,
    problem: new Problem(name, detail, errors.length === 0 ? {} : { errors }),
  });
  if (!submission.ok) {
    const { detail, line } = submission;
    return refused('malformed_body', detail, line === undefined ? [] : [{ pointer: '', detail, line }]);
  }
  if (submission.items.length > MAX_EVENTS)
    return refused(
      'too_large',
      `a batch may have at most ${MAX_EVENTS} events; this one has ${submission.items.length}`,
    );
  const batch = read(submission.items);
  return batch.ok ? batch : refused('invalid', 'nothing was appended: not every event is right', batch.errors);
};

/** Without a body and a content type, no parser ran. */
const itemsIn = (body: unknown): Submission =>
  (body as Submission | undefined | null) ?? { ok: false, detail: 'the body is empty' };
