/**
 * The process that plays producers: connections that each send one request after the other and wait for its answer.
 *
 * Requests are made beforehand and answers are only looked at for how they begin and end, so that the server is what limits.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventAt, storyShape } from '../mix/mix.ts';
import { answerTo } from '../talk.ts';

export type PostOptions = {
  readonly port: number;
  readonly token: string;
  /** One account a connection, from 1. */
  readonly connections: number;
  /** Requests of each connection. */
  readonly requests: number;
  /** Events in one request. */
  readonly together: number;
};

type Ready = { readonly options: PostOptions; readonly requests: readonly (readonly Buffer[])[] };

let ready: Ready | null = null;
/** By account, how many events of it were sent: what comes next goes on from there. */
const sent = new Map<number, number>();

/** Makes the requests of the next run. */
const prepare = (options: PostOptions): void => {
  const accounts = Array.from({ length: options.connections }, (_, index) => index + 1);
  ready = {
    options,
    requests: accounts.map((account) =>
      Array.from({ length: options.requests }, () => requestOf(account, nextOf(account, options.together), options)),
    ),
  };
};

const nextOf = (account: number, count: number): readonly unknown[] => {
  const from = sent.get(account) ?? 0;
  sent.set(account, from + count);
  return Array.from({ length: count }, (_, index) => submittedAt(account, from + index));
};

/** The events of one account in the order of the story, as a producer says them. */
const submittedAt = (account: number, at: number): unknown => {
  const { setUp } = storyShape;
  const round = at < setUp ? 0 : Math.floor((at - setUp) / storyShape.round);
  const step = at < setUp ? at : setUp + ((at - setUp) % storyShape.round);
  const { type, data, id, time } = eventAt({ account, round, serial: round * ACCOUNTS_AT_MOST + account, step });
  return { type, data, id, time };
};

const ACCOUNTS_AT_MOST = 64;

const requestOf = (account: number, events: readonly unknown[], { token }: PostOptions): Buffer => {
  const body = JSON.stringify(events.length === 1 ? events[0] : events);
  return Buffer.from(
    `POST /v1/accounts/${account}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

export type Posted = {
  /** Until all of it was acknowledged. */
  readonly seconds: number;
  /** The share of that time in which this process worked. */
  readonly busy: number;
};

/** Sends what was prepared. */
const post = async (): Promise<Posted> => {
  const { options, requests } = ready!;
  const sockets = await Promise.all(requests.map(() => opened(options.port)));
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  await Promise.all(sockets.map((socket, index) => exchange(socket, requests[index]!)));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(before);
  for (const socket of sockets) socket.destroy();
  ready = null;
  return { seconds, busy: (user + system) / 1e6 / seconds };
};

const opened = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
};

const exchange = (socket: Socket, requests: readonly Buffer[]): Promise<void> =>
  new Promise((resolve, reject) => {
    let at = 0;
    let answer: Buffer = Buffer.alloc(0);
    const next = (): void => {
      if (at === requests.length) return resolve();
      socket.write(requests[at++]!);
    };
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
      if (!isWhole(answer)) return;
      if (!answer.toString('latin1', 0, 16).startsWith('HTTP/1.1 201'))
        return reject(new Error(`was answered ${answer.toString('utf8', 0, 600)}`));
      answer = Buffer.alloc(0);
      next();
    });
    next();
  });

const isWhole = (answer: Buffer): boolean => {
  const head = answer.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const [, length = '0'] = /content-length: (\d+)/i.exec(answer.toString('latin1', 0, head)) ?? [];
  return answer.length >= head + 4 + Number(length);
};

const talk = { prepare, post };
export type PosterTalk = typeof talk;
answerTo(talk);
