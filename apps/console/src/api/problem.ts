/** What went wrong with a call, said so that the reader knows what to do next (pure). */

export type ProblemCode =
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'invalid'
  | 'too_many'
  | 'unavailable'
  | 'broken';

/** A call that did not do what it was asked. */
export class HubProblem extends Error {
  override readonly name = 'HubProblem';
  readonly code: ProblemCode;
  /** What to do about it; a sentence. */
  readonly advice: string;

  constructor(code: ProblemCode, message: string, advice: string) {
    super(message);
    this.code = code;
    this.advice = advice;
  }
}

const advices: Readonly<Record<ProblemCode, string>> = {
  unreachable: 'See that the hub runs and that this machine is online; what is shown stays as it was.',
  unauthorized: 'Sign in again with an access token that is still valid.',
  forbidden: 'Ask an administrator of the account, or sign in with a token that may.',
  not_found: 'It may have been removed, or this hub is older than the console. Reload the page.',
  conflict: 'Somebody changed it at the same moment. Look at it again, then repeat what you did.',
  invalid: 'Change what was sent and try again.',
  too_many: 'Wait a few seconds, then try again.',
  unavailable: 'The hub is up but not ready. Wait a moment, then try again.',
  broken: 'Try again. If it stays, the hub’s log has the cause.',
};

const titles: Readonly<Record<ProblemCode, string>> = {
  unreachable: 'The hub cannot be reached',
  unauthorized: 'The access token is not accepted',
  forbidden: 'This token may not do that',
  not_found: 'There is no such thing',
  conflict: 'It has changed meanwhile',
  invalid: 'The hub did not accept that',
  too_many: 'Too many calls',
  unavailable: 'The hub is not ready',
  broken: 'The hub failed',
};

export const problemOf = (code: ProblemCode, detail?: string | null): HubProblem =>
  new HubProblem(code, detail ? `${titles[code]}: ${detail}` : titles[code], advices[code]);

const codes: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  429: 'too_many',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

export const codeOf = (status: number): ProblemCode => codes[status] ?? (status >= 500 ? 'broken' : 'invalid');

/** The problem of an answer, whichever of the hub's error bodies it has. */
export const problemOfAnswer = (status: number, body: unknown): HubProblem => {
  const code = codeOf(status);
  // What the hub says of a token that it does not know is the title again.
  return problemOf(code, code === 'unauthorized' ? null : detailOf(body));
};

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

const detailOf = (body: unknown): string | null => {
  if (typeof body !== 'object' || body === null) return null;
  const { error, message, detail, errors } = body as Record<string, unknown>;
  const first: unknown = Array.isArray(errors) ? errors[0] : null;
  return textOf(error) ?? textOf(detail) ?? textOf(message) ?? textOf(first);
};

/** Whatever was thrown, as a problem to show. */
export const asProblem = (error: unknown): HubProblem =>
  error instanceof HubProblem ? error : problemOf('broken', error instanceof Error ? error.message : null);

/** Whether it may be over by itself. */
export const isPassing = (problem: HubProblem | null): boolean =>
  problem !== null && ['unreachable', 'unavailable', 'too_many'].includes(problem.code);
