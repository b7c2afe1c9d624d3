/** A server on the memory log, for specifications. */
import { Writable } from 'node:stream';
import type { Position } from '@cablehub/events';
import type { EventLog, Signals, Typing } from '@cablehub/log';
import { memoryAttachments, memoryClaims, memoryCounters, memoryLog } from '@cablehub/log/testing';
import { createMetrics } from '@cablehub/process';
import { queryableViews, replay, type FollowedViews } from '@cablehub/projector';
import { pino } from 'pino';
import type { AttachmentsParts } from './attachments/parts.ts';
import type { ProblemBody } from './problem.ts';
import { buildServer, type ApiParts, type ApiServer } from './server.ts';

export const TOKEN = 'a-token-for-every-account';
export const TOKEN_OF_ACCOUNT_2 = 'a-token-for-account-two';

export type Bench = {
  readonly app: ApiServer;
  readonly log: ReturnType<typeof memoryLog>;
  /** The typing that was told. */
  readonly typing: Typing[];
  readonly files: ReturnType<typeof memoryAttachments>;
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

export const bench = async (
  parts: Partial<ApiParts> = {},
  attachments: Partial<AttachmentsParts> = {},
): Promise<Bench> => {
  const log = memoryLog();
  const typing: Typing[] = [];
  const files = memoryAttachments();
  let up = true;
  let text = '';
  const sink = new Writable({ write: (chunk, _encoding, done) => ((text += String(chunk)), done()) });
  const signals: Pick<Signals, 'sendTyping' | 'askPresence'> = {
    sendTyping: (signal) => void typing.push(signal),
    askPresence: async () => ({ users: { 1: 'online' }, contacts: { 12: 'online' } }),
  };
  const app = await buildServer({
    log,
    views: viewsInMemory(log),
    counters: memoryCounters(),
    claims: memoryClaims(),
    attachments: { files, key: new Uint8Array(32), maxBytes: 300_000, ...attachments },
    clientRateLimit: 100_000,
    console: { folder: '/nowhere' },
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
    files,
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

/** Views in memory that take what the log has whenever somebody waits for it. */
export const viewsInMemory = (log: EventLog): FollowedViews => {
  const views = queryableViews(':memory:');
  let turn: Promise<unknown> = Promise.resolve();
  const follow = (): Promise<unknown> => (turn = turn.then(() => replay(log, views, { contactTokens: 'visible' })));
  return {
    position: () => views.checkpoint(),
    waitFor: async (position: Position) => {
      await follow();
      return views.checkpoint() >= position;
    },
    reading: () => views,
    hasCaughtUp: () => true,
    ended: Promise.resolve(),
  };
};

export const contactCreated = (id: number, rest: object = {}): object => ({
  type: 'contact.created',
  data: { id, name: 'jane' },
  ...rest,
});
