/** A server on the memory log, for specifications. */
import { Writable } from 'node:stream';
import type { Signals, Typing } from '@cablehub/log';
import { memoryLog } from '@cablehub/log/testing';
import { createMetrics } from '@cablehub/process';
import { pino } from 'pino';
import type { ProblemBody } from './problem.ts';
import { buildServer, type ApiParts, type ApiServer } from './server.ts';

export const TOKEN = 'a-token-for-every-account';
export const TOKEN_OF_ACCOUNT_2 = 'a-token-for-account-two';

export type Bench = {
  readonly app: ApiServer;
  readonly log: ReturnType<typeof memoryLog>;
  /** The typing that was told. */
  readonly typing: Typing[];
  /** Everything that was logged. */
  readonly logged: () => string;
  /** Takes NATS away, or brings it back. */
  readonly setUp: (isUp: boolean) => void;
  /** Posts events to account 1 as `application/json`, or as what `headers` say. */
  readonly post: (body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: ProblemBody & { readonly events: readonly Record<string, unknown>[] };
};

export const bench = async (parts: Partial<ApiParts> = {}): Promise<Bench> => {
  const log = memoryLog();
  const typing: Typing[] = [];
  let up = true;
  let text = '';
  const sink = new Writable({ write: (chunk, _encoding, done) => ((text += String(chunk)), done()) });
  const signals: Pick<Signals, 'sendTyping' | 'askPresence'> = {
    sendTyping: (signal) => void typing.push(signal),
    askPresence: async () => ({ users: { 1: 'online' }, contacts: { 12: 'online' } }),
  };
  const app = await buildServer({
    log,
    signals,
    isUp: () => up,
    tokens: [{ token: TOKEN }, { token: TOKEN_OF_ACCOUNT_2, accountId: 2 as never }],
    rateLimit: 100_000,
    context: { logger: pino({ level: 'trace' }, sink), metrics: createMetrics() },
    ...parts,
  });
  return {
    app,
    log,
    typing,
    logged: () => text,
    setUp: (isUp) => void (up = isUp),
    post: async (body, headers = {}) => {
      const response = await app.inject({
        method: 'POST',
        url: '/v1/accounts/1/events',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
        payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      });
      return { status: response.statusCode, headers: response.headers, body: response.json() };
    },
  };
};

export const contactCreated = (id: number, rest: object = {}): object => ({
  type: 'contact.created',
  data: { id, name: 'jane' },
  ...rest,
});
