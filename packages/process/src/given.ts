/**
 * Settings that stand in files: `NAME_FILE` names a file that holds the value of `NAME`.
 *
 * It is how Docker and Kubernetes hand over secrets: unlike an environment, a file is not shown to whoever may look at the
 * process, and only those see it to whom it is given.
 */
import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Given = {
  /** What is set, whether said at once or in a file; empty values are left out. */
  readonly values: Environment;
  /** What is wrong, a line each; never with a value in it. */
  readonly problems: readonly string[];
};

/** What an environment says of these settings. A file is read whole and trimmed; one that is empty counts as unset. */
export const given = (names: readonly string[], environment: Environment): Given => {
  const known = new Set(names);
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of names) {
    const said = environment[name] ?? '';
    if (said !== '') values[name] = said;
    const place = `${name}_FILE`;
    const path = known.has(place) ? '' : (environment[place] ?? '');
    if (path === '') continue;
    if (said !== '') {
      problems.push(`${name}: is set twice, by ${name} and by ${place}; leave one of them out`);
      continue;
    }
    const content = contentOf(path);
    if (content.ok) values[name] = content.text;
    else problems.push(`${place}: ${path} cannot be read (${content.reason})`);
  }
  return { values: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')), problems };
};

type Content = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

const contentOf = (path: string): Content => {
  try {
    return { ok: true, text: readFileSync(path, 'utf8').trim() };
  } catch (error) {
    return { ok: false, reason: (error as NodeJS.ErrnoException).code ?? 'unknown' };
  }
};
