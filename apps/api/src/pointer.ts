/** Says where in a body something is wrong, as JSON pointers (pure). */
import type { z } from 'zod';
import type { ProblemItem } from './problem.ts';

/** More than this many things wrong with one value are counted, not listed. */
const MAX_LISTED = 100;

/** The JSON pointer (RFC 6901) of a path. */
export const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Checks a value; every field that is wrong gets an item of its own, with its pointer below `at`. */
export const checked = <T>(
  schema: z.ZodType<T>,
  value: unknown,
  at = '',
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly ProblemItem[] } => {
  const result = schema.safeParse(value, { error: saidPlainly });
  if (result.success) return { ok: true, value: result.data };
  const errors = result.error.issues.flatMap((issue) => itemsOf(issue, at));
  const more = errors.length - MAX_LISTED;
  if (more <= 0) return { ok: false, errors };
  return { ok: false, errors: [...errors.slice(0, MAX_LISTED), { pointer: at, detail: `and ${more} more` }] };
};

const saidPlainly = (issue: z.core.$ZodRawIssue): string | undefined =>
  issue.code === 'invalid_type' && issue.input === undefined ? 'is required' : undefined;

const itemsOf = (issue: z.core.$ZodIssue, at: string): readonly ProblemItem[] => {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: at + pointerTo(issue.path), detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: at + pointerTo([...issue.path, key]), detail: 'is not a known key' }));
};
