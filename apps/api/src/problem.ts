/**
 * What the API answers when it cannot do what was asked: problem details (RFC 9457), one catalogue for all routes.
 *
 * A problem's `type` is a name that stays; `detail` is for people and may change. Nothing internal is ever in one.
 */
import { z } from 'zod';

/** Every problem there is. The key is the last part of its `type`. */
export const problems = {
  bad_request: { status: 400, title: 'The request cannot be read' },
  malformed_body: { status: 400, title: 'The body cannot be read' },
  unauthorized: { status: 401, title: 'A known token is needed' },
  forbidden: { status: 403, title: 'The token is not for this account' },
  not_found: { status: 404, title: 'There is nothing at this path' },
  method_not_allowed: { status: 405, title: 'The path does not take this method' },
  too_slow: { status: 408, title: 'The request did not come in time' },
  version_conflict: { status: 409, title: 'Another event came first' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has a content type that is not taken' },
  range_not_satisfiable: { status: 416, title: 'There is no such part of it' },
  invalid: { status: 422, title: 'The body says something that cannot be' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'The hub failed' },
  unavailable: { status: 503, title: 'The hub cannot do this now' },
} as const;
export type ProblemName = keyof typeof problems;

/** One thing that is wrong, and where: a JSON pointer into the body, and the line when the body has lines. */
export const problemItem = z.object({
  pointer: z
    .string()
    .describe('JSON pointer (RFC 6901) into the body; with lines, its first part is the event’s index'),
  detail: z.string(),
  line: z.int().positive().optional().describe('line of an application/x-ndjson body, from 1'),
});
export type ProblemItem = z.infer<typeof problemItem>;

/** What became of one event of a batch that was not appended as a whole. */
export const eventReport = z.discriminatedUnion('status', [
  z.object({
    id: z.string(),
    status: z.literal('appended'),
    sequence: z.int().positive(),
    duplicate: z.boolean(),
  }),
  z.object({
    id: z.string(),
    status: z.enum(['wrong_expected_version', 'not_attempted', 'too_large', 'unconfirmed']),
  }),
]);
export type EventReport = z.infer<typeof eventReport>;

export const problemBody = z.object({
  type: z.string().describe('urn:cablehub:problem:<name>'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().describe('urn:cablehub:request:<request id>'),
  errors: z.array(problemItem).optional(),
  events: z.array(eventReport).optional().describe('one for each event of the batch, in its order'),
});
export type ProblemBody = z.infer<typeof problemBody>;

export type ProblemExtras = {
  readonly errors?: readonly ProblemItem[];
  readonly events?: readonly EventReport[];
  readonly headers?: Readonly<Record<string, string>>;
};

/** Ends a request with a problem. */
export class Problem extends Error {
  readonly code: ProblemName;
  readonly extras: ProblemExtras;

  constructor(code: ProblemName, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.extras = extras;
  }
}

/** How long a client should wait before it asks again when NATS is away: about as long as finding it again takes. */
const RETRY_AFTER_SECONDS = '2';

export const unavailable = (detail: string, extras: ProblemExtras = {}): Problem =>
  new Problem('unavailable', detail, { ...extras, headers: { 'retry-after': RETRY_AFTER_SECONDS } });

export const problemBodyOf = ({ code, message, extras }: Problem, requestId: string): ProblemBody => ({
  type: `urn:cablehub:problem:${code}`,
  ...problems[code],
  detail: message,
  instance: `urn:cablehub:request:${requestId}`,
  ...(extras.errors === undefined ? {} : { errors: [...extras.errors] }),
  ...(extras.events === undefined ? {} : { events: [...extras.events] }),
});
