/** A request body, cut into the events it holds: one, an array, or one a line (pure). Nothing in them is checked yet. */
import { parse } from 'secure-json-parse';

/** One value of a body and where it was. */
export type Item = {
  readonly value: unknown;
  /** JSON pointer: empty for a body that is one event, else `/<index>`. */
  readonly pointer: string;
  /** From 1, when the body has lines. */
  readonly line?: number;
};

export type Submission =
  | { readonly ok: true; readonly items: readonly Item[] }
  /** Not JSON. `line` when the body has lines. */
  | { readonly ok: false; readonly detail: string; readonly line?: number };

/** `application/json`: one event or an array of them. */
export const readJson = (text: string): Submission => {
  const parsed = parsedJson(text);
  if (!parsed.ok) return { ok: false, detail: `the body is not JSON: ${parsed.detail}` };
  const { value } = parsed;
  if (!Array.isArray(value)) return { ok: true, items: [{ value, pointer: '' }] };
  return { ok: true, items: value.map((one: unknown, index) => ({ value: one, pointer: `/${index}` })) };
};

/** `application/x-ndjson`: one event a line. Blank lines are skipped, but counted as lines. */
export const readLines = (text: string): Submission => {
  const items: Item[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue;
    const line = index + 1;
    const parsed = parsedJson(content);
    if (!parsed.ok) return { ok: false, line, detail: `line ${line} is not JSON: ${parsed.detail}` };
    items.push({ value: parsed.value, pointer: `/${items.length}`, line });
  }
  return { ok: true, items };
};

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly detail: string };

const parsedJson = (text: string): Parsed => {
  try {
    return { ok: true, value: parse(text) };
  } catch (error) {
    return { ok: false, detail: (error as Error).message };
  }
};
