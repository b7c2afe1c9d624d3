/** Clients of every kind, each of which comes back by itself. What they hear goes into the book, how they fare into a journal. */
import { createCable } from '@anycable/core';
import ActionCable from '@rails/actioncable';
import { WebSocket } from 'ws';
import { identityOf, numberIn, type Person } from './domain.ts';

/** The stock AnyCable client on either protocol, Rails' own, and a plain WebSocket. */
export type ClientKind = 'anycable-ext' | 'anycable' | 'rails' | 'bare';

export type ClientPlan = {
  readonly name: string;
  readonly kind: ClientKind;
  readonly account: number;
  readonly person: Person;
};

export type JournalLine = { readonly at: number; readonly text: string };

export type RunningClient = {
  readonly plan: ClientPlan;
  readonly isSubscribed: () => boolean;
  readonly journal: readonly JournalLine[];
  readonly stop: () => void;
};

type Ears = {
  readonly url: string;
  readonly identity: Readonly<Record<string, string | number>>;
  readonly heard: (message: unknown) => void;
  readonly subscribed: () => void;
  readonly lost: (why: string) => void;
  readonly note: (text: string) => void;
};

export const startClient = (
  plan: ClientPlan,
  { url, receive }: { readonly url: string; readonly receive: (number: number) => void },
): RunningClient => {
  const journal: JournalLine[] = [];
  const note = (text: string): void => void journal.push({ at: Date.now(), text });
  let isSubscribed = false;
  const stop = starts[plan.kind]({
    url,
    identity: identityOf(plan.account, plan.person),
    heard: (message) => {
      const number = numberIn(message);
      if (number !== null) receive(number);
    },
    subscribed: () => {
      isSubscribed = true;
      note('subscribed');
    },
    lost: (why) => {
      isSubscribed = false;
      note(`lost: ${why}`);
    },
    note,
  });
  return { plan, isSubscribed: () => isSubscribed, journal, stop };
};

const RECONNECT_MS = 200;
/** Pings come every 3 s; a socket without anything for longer than this is given up. */
const STALE_MS = 4_500;

const startAnyCable =
  (protocol: 'actioncable-v1-json' | 'actioncable-v1-ext-json') =>
  ({ url, identity, heard, subscribed, lost, note }: Ears): (() => void) => {
    const cable = createCable(url, {
      protocol,
      websocketImplementation: WebSocket,
      logLevel: 'error',
      pingInterval: STALE_MS / 2,
      maxMissingPings: 2,
      reconnectStrategy: () => RECONNECT_MS + Math.random() * RECONNECT_MS,
    } as never);
    const channel = cable.subscribeTo('RoomChannel', { ...identity });
    channel.on('connect', subscribed);
    channel.on('disconnect', () => lost('disconnected'));
    channel.on('close', (reason) => lost(`closed for good: ${String(reason)}`));
    channel.on('info', ({ type }) => note(type));
    channel.on('message', heard);
    return () => void cable.disconnect();
  };

type RailsParts = { ConnectionMonitor: { staleThreshold: number } };

const startRails = ({ url, identity, heard, subscribed, lost }: Ears): (() => void) => {
  Object.assign(ActionCable.adapters, { WebSocket });
  (ActionCable as unknown as RailsParts).ConnectionMonitor.staleThreshold = STALE_MS / 1_000;
  // The client listens for the page becoming visible; there is no page here.
  const page = globalThis as { addEventListener?: unknown; removeEventListener?: unknown };
  page.addEventListener ??= () => undefined;
  page.removeEventListener ??= () => undefined;
  const consumer = ActionCable.createConsumer(url);
  consumer.subscriptions.create(
    { channel: 'RoomChannel', ...identity },
    {
      connected: subscribed,
      disconnected: () => lost('disconnected'),
      rejected: () => lost('rejected for good'),
      received: heard,
    },
  );
  return () => consumer.disconnect();
};

type BareFrame = { readonly type?: string; readonly message?: unknown };

const startBare = ({ url, identity, heard, subscribed, lost }: Ears): (() => void) => {
  const identifier = JSON.stringify({ channel: 'RoomChannel', ...identity });
  let isStopped = false;
  let socket: WebSocket;
  const open = (): void => {
    const current = new WebSocket(url, 'actioncable-v1-json');
    socket = current;
    let stale = setTimeout(() => current.terminate(), STALE_MS);
    current.on('error', () => undefined); // its close follows
    current.on('message', (data: Buffer) => {
      clearTimeout(stale);
      stale = setTimeout(() => current.terminate(), STALE_MS);
      const { type, message } = JSON.parse(data.toString()) as BareFrame;
      if (type === 'welcome') current.send(JSON.stringify({ command: 'subscribe', identifier }));
      else if (type === 'confirm_subscription') subscribed();
      else if (type === undefined) heard(message);
    });
    current.on('close', () => {
      clearTimeout(stale);
      lost('disconnected');
      if (!isStopped) setTimeout(open, RECONNECT_MS);
    });
  };
  open();
  return () => {
    isStopped = true;
    socket.terminate();
  };
};

const starts: Readonly<Record<ClientKind, (ears: Ears) => () => void>> = {
  'anycable-ext': startAnyCable('actioncable-v1-ext-json'),
  anycable: startAnyCable('actioncable-v1-json'),
  rails: startRails,
  bare: startBare,
};
