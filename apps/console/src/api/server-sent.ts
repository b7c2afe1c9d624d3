/** Server-sent events, read with fetch: the browser's own EventSource cannot send a token in a header. */
import { fetchHub } from './http.ts';
import { problemOfAnswer } from './problem.ts';

export type ServerSent = { readonly id: string; readonly event: string; readonly data: string };

/** Takes the stream's text in pieces of any size; gives the events that each piece completes (pure but for its buffer). */
export const serverSentReader = (): ((piece: string) => readonly ServerSent[]) => {
  let rest = '';
  return (piece) => {
    // A CR at the end of a piece may be half a line's end.
    const text = rest + piece;
    const blocks = text.replace(/\r\n/g, '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    return blocks.map(eventIn).filter((event) => event !== null);
  };
};

const eventIn = (block: string): ServerSent | null => {
  const fields = { id: '', event: 'message' };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    else if (name === 'id' || name === 'event') fields[name] = value;
  }
  return data.length === 0 ? null : { ...fields, data: data.join('\n') };
};

export type StreamOptions = {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  readonly onEvent: (event: ServerSent) => void;
};

/** Reads a stream until it ends or is aborted. Throws a HubProblem when it cannot be opened or breaks. */
export const readServerSent = async (path: string, options: StreamOptions): Promise<void> => {
  const { headers, signal, onOpen, onEvent } = options;
  const response = await fetchHub(path, {
    headers: { accept: 'text/event-stream', ...headers },
    credentials: 'omit',
    cache: 'no-store',
    signal,
  });
  if (!response.ok || response.body === null)
    throw problemOfAnswer(response.status, await response.json().catch(() => null));
  onOpen();
  const read = serverSentReader();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
    for (const event of read(chunk.value)) onEvent(event);
};
