/** `hub publish`: events from a file, line by line, into the log over the API. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from './failure.ts';
import { progress, type Output } from './output.ts';

export type PublishOptions = {
  /** NDJSON: one event a line. `-` reads standard input. */
  readonly file: string;
  readonly apiUrl: string;
  readonly token: string;
  readonly account: number;
};

/** The API's own bounds for one request. */
const MAX_EVENTS = 1_000;
const MAX_BYTES = 1_000_000;
const MAX_TRIES = 10;

const answer = z.object({
  events: z.array(z.object({ id: z.string(), sequence: z.number(), duplicate: z.boolean() })),
});
type Answered = z.infer<typeof answer>['events'];

/** Appends every line, in order, in as few requests as the API allows. Faults: Failure, naming the lines it stopped at. */
export const publish = async (options: PublishOptions, output: Output): Promise<void> => {
  const isFile = options.file !== '-';
  const size = isFile ? (await stat(options.file).catch(notThere(options.file))).size : 0;
  const bar = progress('publishing', size);
  let appended = 0;
  let duplicates = 0;
  let last = 0;
  try {
    for await (const { lines, bytes, from } of batches(isFile ? createReadStream(options.file) : process.stdin)) {
      const events = await post(options, lines, from);
      duplicates += events.filter(({ duplicate }) => duplicate).length;
      appended += events.length;
      last = events.at(-1)?.sequence ?? last;
      bar.advance(bytes);
    }
  } finally {
    bar.end();
  }
  output.line(
    `${appended} events: ${appended - duplicates} appended, ${duplicates} there before; last position ${last}`,
  );
};

type LineBatch = { readonly lines: readonly string[]; readonly bytes: number; readonly from: number };

async function* batches(input: NodeJS.ReadableStream): AsyncGenerator<LineBatch> {
  let lines: string[] = [];
  let bytes = 0;
  let number = 0;
  let from = 1;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    const size = Buffer.byteLength(line) + 1;
    if (lines.length > 0 && (lines.length === MAX_EVENTS || bytes + size > MAX_BYTES)) {
      yield { lines, bytes, from };
      [lines, bytes, from] = [[], 0, number];
    }
    lines.push(line);
    bytes += size;
  }
  if (lines.some((line) => line.trim() !== '')) yield { lines, bytes, from };
}

const post = async (options: PublishOptions, lines: readonly string[], from: number): Promise<Answered> => {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${options.apiUrl}/v1/accounts/${options.account}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    }).catch((cause: unknown) => {
      throw new Failure(`no API answers at ${options.apiUrl}; is the hub up?`, { cause });
    });
    if (response.status === 201) return answer.parse(await response.json()).events;
    const isPassing = response.status === 429 || response.status === 503;
    if (!isPassing || attempt === MAX_TRIES) throw await refused(response, from);
    await pause(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  }
};

const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

const refused = async (response: Response, from: number): Promise<Failure> => {
  const { title, detail, errors = [] } = problem.catch({}).parse(await response.json().catch(() => ({})));
  const items = errors.slice(0, 20).map(({ pointer, detail: what }) => `  ${pointer}: ${what}`);
  const more = errors.length > items.length ? [`  … and ${errors.length - items.length} more`] : [];
  const where = `events from line ${from} were refused with ${response.status}`;
  return new Failure([`${where}: ${detail ?? title ?? response.statusText}`, ...items, ...more].join('\n'));
};

const notThere =
  (file: string) =>
  (cause: unknown): never => {
    throw new Failure(`${file} cannot be read`, { cause });
  };
