/** Calls to the hub's HTTP APIs. Answers are JSON or empty; whatever goes wrong is thrown as a HubProblem. */
import { problemOf, problemOfAnswer } from './problem.ts';

export type Query = Readonly<Record<string, string | number | null | undefined>>;

export type CallOptions = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
};

export type Call = <Answer>(path: string, options?: CallOptions) => Promise<Answer>;

export const pathWith = (path: string, query: Query = {}): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value));
  return params.size === 0 ? path : `${path}?${params}`;
};

/** Fetches; a network that fails is a HubProblem too, an abort stays what it is. */
export const fetchHub = async (path: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw problemOf('unreachable');
  }
};

/** Calls with these headers, which hold the caller's token; without any, as nobody. */
export const callsWith =
  (headers: Readonly<Record<string, string>>, onUnauthorized: () => void = () => undefined): Call =>
  async <Answer>(path: string, { method = 'GET', query = {}, body, signal }: CallOptions = {}) => {
    const response = await fetchHub(pathWith(path, query), {
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : jsonType), ...headers },
      credentials: 'omit',
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const answer = await bodyOf(response);
    if (response.ok) return answer as Answer;
    if (response.status === 401) onUnauthorized();
    throw problemOfAnswer(response.status, answer);
  };

const jsonType = { 'content-type': 'application/json' };

const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text().catch(() => '');
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A success that is not JSON is the answer of something else: the page of a proxy, or the console's own.
    if (response.ok) throw problemOf('broken', 'the answer was not JSON');
    return null;
  }
};
