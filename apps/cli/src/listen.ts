/** `hub listen`: a real ActionCable client that prints every frame it gets. */
import { createCable, type Cable } from '@anycable/core';
import color from 'picocolors';
import { WebSocket } from 'ws';
import { Failure } from './failure.ts';
import type { Output } from './output.ts';

export type ListenOptions = {
  readonly url: string;
  readonly token: string;
  /** Both: an agent. Neither: a customer session. */
  readonly account?: number;
  readonly user?: number;
  /** Each frame's message as JSON, one a line. */
  readonly json: boolean;
  /** Ends after this many frames. */
  readonly count?: number;
  /** Sends the documented heartbeat every 30 seconds, so that whoever listens is present. */
  readonly presence: boolean;
  readonly signal: AbortSignal;
};

const BEAT_MS = 30_000;

/** Listens until the signal, or until `count` frames have come. Faults: Failure when the hub rejects the token. */
export const listen = async (options: ListenOptions, output: Output): Promise<void> => {
  const cable = createCable(options.url, {
    websocketImplementation: WebSocket,
    logLevel: 'error',
    lazy: true,
  } as never);
  const channel = cable.subscribeTo('RoomChannel', identityOf(options));
  const notice = (text: string): void => void (options.json || process.stderr.write(`${color.dim(text)}\n`));
  let beating: NodeJS.Timeout | undefined;
  let heard = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      options.signal.addEventListener('abort', () => resolve(), { once: true });
      channel.on('connect', () => {
        notice(`listening on ${options.url}`);
        clearInterval(beating);
        if (options.presence) beating = setInterval(() => void channel.perform('update_presence'), BEAT_MS);
      });
      channel.on('disconnect', () => notice('disconnected; reconnecting'));
      channel.on('close', (reason) => reject(refusal(reason, options)));
      channel.on('message', (message) => {
        output.line(options.json ? JSON.stringify(message) : described(message));
        if (++heard === options.count) resolve();
      });
    });
  } finally {
    clearInterval(beating);
    end(cable);
  }
};

const end = (cable: Cable): void => void cable.disconnect();

const identityOf = ({ token, account, user }: ListenOptions): Record<string, string | number> => ({
  pubsub_token: token,
  ...(account === undefined ? {} : { account_id: account }),
  ...(user === undefined ? {} : { user_id: user }),
});

const refusal = (reason: unknown, { account, user }: ListenOptions): Failure => {
  const asked = user === undefined ? 'a customer session' : `user ${user} of account ${account}`;
  return new Failure(`the hub does not let this token hear as ${asked} (${String(reason)})`);
};

/** A frame in one line: when, which event, and what it is about. */
export const described = (message: unknown): string => {
  const { event = '?', data = {} } = (message ?? {}) as { event?: string; data?: Readonly<Record<string, unknown>> };
  const time = new Date().toISOString().slice(11, 23);
  return `${color.dim(time)}  ${color.bold(event.padEnd(30))}  ${summary(event, data)}`;
};

const summary = (event: string, data: Readonly<Record<string, unknown>>): string => {
  if (event === 'presence.update') return JSON.stringify({ users: data['users'], contacts: data['contacts'] });
  const words: string[] = [];
  const say = (name: string, value: unknown): void =>
    void (value === undefined || value === null || words.push(`${name} ${String(value)}`));
  const conversation = data['conversation'] as Readonly<Record<string, unknown>> | undefined;
  say(
    event.startsWith('message.') ? 'message' : event.startsWith('contact.') ? 'contact' : 'conversation',
    data['id'] ?? conversation?.['id'],
  );
  if (event.startsWith('message.')) say('conversation', data['conversation_id']);
  if (event.startsWith('contact.')) say('name', data['name']);
  say('status', data['status']);
  if (data['private'] === true) words.push('private');
  if (typeof data['content'] === 'string') words.push(JSON.stringify(data['content'].slice(0, 60)));
  return words.join(' · ');
};
