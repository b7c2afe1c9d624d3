/**
 * `hub demo`: plays the article's story on a running hub, with one agent and two customers on Rails' own client, and checks
 * that all 13 events arrive at exactly those they are meant for.
 *
 * The story is account 1's. Where it has been played already, it is played again as the next account that is free.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AccountId } from '@cablehub/events';
import { connectNats, jetStreamLog, type EventLog } from '@cablehub/log';
import type { NatsPlace } from '@cablehub/process';
import color from 'picocolors';
import { readStory, type StoryEvent } from './demo-account.ts';
import {
  differences,
  expectations,
  isEphemeral,
  isOfStory,
  storyFor,
  subscribeAfter,
  tokenEvents,
  type Listener,
} from './demo-plan.ts';
import { Failure } from './failure.ts';
import type { Output } from './output.ts';
import { createRailsConsumer, type Consumer } from './rails-client.ts';

export type DemoOptions = {
  readonly nats: NatsPlace;
  readonly apiUrl: string;
  readonly cableUrl: string;
  readonly token: string;
};

const PATIENCE_MS = 20_000;
const listeners = Object.keys(expectations) as Listener[];
const names: Readonly<Record<Listener, string>> = {
  agent: 'John (agent)',
  'white-shadow': 'white-shadow-394 (customer)',
  jane: 'jane (customer)',
};

type Heard = { readonly durable: string[]; readonly ephemeral: Set<string> };

/** Plays and checks. Faults: Failure, naming each difference. */
export const playDemo = async (options: DemoOptions, output: Output): Promise<void> => {
  const { account, known } = await freeAccount(options.nats);
  const story = storyFor(account, readStory('onehash.ndjson'));
  const post = poster(options, account);
  const consumers: Consumer[] = [];
  const heard = Object.fromEntries(
    listeners.map((listener): [Listener, Heard] => [listener, { durable: [], ephemeral: new Set() }]),
  ) as Record<Listener, Heard>;
  output.line(`playing examples/onehash.ndjson as account ${account} on ${options.cableUrl}`);
  try {
    for (const event of story) {
      if (!known.has(event.id)) await post('events', event);
      for (const listener of listeners.filter((one) => subscribeAfter[one] === event.id)) {
        const consumer = createRailsConsumer(options.cableUrl);
        consumers.push(consumer);
        await subscribe(consumer, identityOf(listener, story, account), (message) =>
          keep(heard[listener], message, story),
        );
        output.line(color.dim(`  ${names[listener]} is connected`));
      }
    }
    // Who types in a conversation that the projector does not know yet is heard by nobody.
    await until(() => listeners.every((one) => heard[one].durable.length >= expectations[one].durable.length));
    for (const status of ['on', 'off'])
      for (const typist of [{ contact_inbox_id: 8 }, { user_id: 1 }])
        await post('typing', { conversation_id: 7, status, ...typist });
    await until(() => listeners.every((listener) => differences(expectations[listener], heard[listener]).length === 0));
  } finally {
    for (const consumer of consumers) consumer.disconnect();
  }
  report(heard, output);
};

/** The first account in which the story has not been played, and which of its events are there. */
const freeAccount = async (nats: NatsPlace): Promise<{ account: number; known: ReadonlySet<string> }> => {
  const link = await connectNats({ ...nats, name: 'cablehub-operator' });
  try {
    const log = jetStreamLog(link);
    for (let account = 1; ; account++) {
      const known = await eventIds(log, account as AccountId);
      if (!known.has(subscribeAfter['white-shadow'])) return { account, known };
    }
  } finally {
    await link.close();
  }
};

const eventIds = async (log: EventLog, accountId: AccountId): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>();
  for await (const entry of log.read({ filter: { accountId } })) if (entry.type !== 'unreadable') ids.add(entry.id);
  return ids;
};

const poster =
  ({ apiUrl, token }: DemoOptions, account: number) =>
  async (what: 'events' | 'typing', body: object): Promise<void> => {
    const response = await fetch(`${apiUrl}/v1/accounts/${account}/${what}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch((cause: unknown) => {
      throw new Failure(`no API answers at ${apiUrl}; is the hub up?`, { cause });
    });
    if (!response.ok) throw new Failure(`the API refused ${what} with ${response.status}: ${await response.text()}`);
  };

const identityOf = (listener: Listener, story: readonly StoryEvent[], account: number): object => {
  const token = story.find(({ id }) => id === tokenEvents[listener])?.data['pubsub_token'];
  return listener === 'agent'
    ? { channel: 'RoomChannel', pubsub_token: token, account_id: account, user_id: 1 }
    : { channel: 'RoomChannel', pubsub_token: token };
};

/** Subscribes, again while the token is on its way from the log to the gateway, and waits for the first presence. */
const subscribe = async (consumer: Consumer, identity: object, receive: (message: unknown) => void): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const isConfirmed = await new Promise<boolean>((resolve) => {
      consumer.subscriptions.create(identity as { channel: string }, {
        connected: () => resolve(true),
        rejected: () => resolve(false),
        received: receive,
      });
    });
    if (isConfirmed) return;
    if (performance.now() > deadline) throw new Failure('the hub rejects a token that the story has made');
    await pause(100);
  }
};

const keep = (heard: Heard, message: unknown, story: readonly StoryEvent[]): void => {
  const { event, data } = message as { event: string; data: { id?: number } };
  if (isEphemeral(event)) heard.ephemeral.add(event);
  else if (isOfStory(event, data.id, story)) heard.durable.push(`${event} ${data.id}`);
};

const until = async (isDone: () => boolean): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isDone() && performance.now() < deadline) await pause(50);
};

const report = (heard: Readonly<Record<Listener, Heard>>, output: Output): void => {
  const everything = new Set(listeners.flatMap((one) => [...heard[one].durable, ...heard[one].ephemeral]));
  const width = Math.max(...[...everything].map((one) => one.length));
  output.line('');
  output.line(`  ${''.padEnd(width)}  ${listeners.map((one) => names[one]).join('  ')}`);
  for (const one of everything) {
    const marks = listeners.map((listener) => {
      const isHeard = heard[listener].durable.includes(one) || heard[listener].ephemeral.has(one);
      return (isHeard ? '●' : '·').padEnd(names[listener].length);
    });
    output.line(`  ${one.padEnd(width)}  ${marks.join('  ')}`);
  }
  output.line('');
  const wrong = listeners.flatMap((one) =>
    differences(expectations[one], heard[one]).map((what) => `${names[one]} ${what}`),
  );
  if (wrong.length > 0) throw new Failure(`the story did not arrive as it should:\n  ${wrong.join('\n  ')}`);
  const events = new Set([...everything].map((one) => one.split(' ')[0]));
  output.line(color.green(`all ${events.size} events arrived, each at exactly those it is meant for`));
};
