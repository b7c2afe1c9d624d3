/** The load: a correct producer per account, which sends the same events again until they are acknowledged. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Book } from './book.ts';
import { ACCOUNTS, nextEvent, type Meant, type Person, type Posted } from './domain.ts';
import type { Random } from './random.ts';
import { API_TOKEN } from './world.ts';

export type Appender = {
  /** Appends one message of so many characters. */
  readonly appendFat: (account: number, characters: number) => Promise<void>;
  /** Sends an old event again under its id; says which. Null: there is none yet. */
  readonly resend: () => Promise<string | null>;
  /** An old event that has been acknowledged: its number. Null: there is none yet. */
  readonly old: () => number | null;
  /** Answers of the API that a producer cannot expect. */
  readonly surprises: ReadonlySet<string>;
  /** How often the same events had to be sent again. */
  readonly retries: () => number;
  /** Ends the load; what is under way is acknowledged first, unless the limit passes. */
  readonly stop: (limitMs: number) => Promise<void>;
};

export type AppenderOptions = {
  readonly apiUrl: string;
  /** Default: the token of a hub that the suite has started. */
  readonly apiToken?: string;
  /** Default: all. */
  readonly accounts?: readonly number[];
  readonly book: Book;
  readonly random: Random;
  /** The clients of a person. */
  readonly clientsOf: (account: number, person: Person) => readonly string[];
};

type Sent = { readonly account: number; readonly meant: Meant };

const REQUEST_MS = 5_000;
const RETRY_MS = 100;
const MOST_AT_ONCE = 4;
const OLD = 50;

export const startAppender = (options: AppenderOptions): Appender => {
  const { apiUrl, apiToken = API_TOKEN, accounts = ACCOUNTS, book, random, clientsOf } = options;
  const stopping = new AbortController();
  const giveUp = new AbortController();
  const surprises = new Set<string>();
  const sent: Sent[] = [];
  let numbers = 0;
  let retries = 0;

  const make = (account: number, fat?: number): Meant => {
    const meant = nextEvent(++numbers, random, fat);
    const audience = new Set(meant.audience.flatMap((person) => clientsOf(account, person)));
    book.offer({ number: meant.number, id: meant.event.id, audience });
    return meant;
  };
  const append = async (account: number, batch: readonly Meant[]): Promise<void> => {
    const events = batch.map(({ event }) => event);
    while (!giveUp.signal.aborted) {
      const answer = await post(apiUrl, { account, events, apiToken }, giveUp.signal);
      if (answer.kind === 'appended') {
        for (const [index, { number }] of batch.entries()) book.acknowledge(number, answer.positions[index] ?? 0);
        for (const meant of batch) sent.push({ account, meant });
        return;
      }
      if (answer.kind === 'surprise') surprises.add(answer.text);
      retries++;
      await pause(RETRY_MS);
    }
  };
  const old = (): Sent | null => (sent.length <= OLD ? null : sent[random.between(0, sent.length - OLD)]!);
  const loads = accounts.map(async (account) => {
    while (!stopping.signal.aborted) {
      await append(
        account,
        Array.from({ length: random.between(1, MOST_AT_ONCE) }, () => make(account)),
      );
      await pause(random.between(40, 160));
    }
  });

  return {
    appendFat: (account, characters) => append(account, [make(account, characters)]),
    resend: async () => {
      const one = old();
      if (one === null) return null;
      await append(one.account, [one.meant]);
      return one.meant.event.id;
    },
    old: () => old()?.meant.number ?? null,
    surprises,
    retries: () => retries,
    stop: async (limitMs) => {
      stopping.abort();
      const limit = setTimeout(() => giveUp.abort(), limitMs);
      await Promise.all(loads);
      clearTimeout(limit);
    },
  };
};

type Answer =
  | { readonly kind: 'appended'; readonly positions: readonly number[] }
  | { readonly kind: 'again' }
  | { readonly kind: 'surprise'; readonly text: string };

type Batch = { readonly account: number; readonly events: readonly Posted[]; readonly apiToken?: string };

/** 503 is the hub's; 502 and 504 are a load balancer's, whose replica went away meanwhile. */
const AGAIN: ReadonlySet<number> = new Set([502, 503, 504]);

/** Posts events once. Being told so, and no answer, mean: again, under the same ids. */
export const post = async (apiUrl: string, batch: Batch, signal: AbortSignal): Promise<Answer> => {
  const { account, events, apiToken = API_TOKEN } = batch;
  try {
    const response = await fetch(`${apiUrl}/v1/accounts/${account}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    if (AGAIN.has(response.status)) {
      await response.arrayBuffer();
      return { kind: 'again' };
    }
    if (response.status !== 201)
      return { kind: 'surprise', text: `${response.status} ${(await response.text()).slice(0, 500)}` };
    const { events: appended } = (await response.json()) as { events: readonly { readonly sequence: number }[] };
    return { kind: 'appended', positions: appended.map(({ sequence }) => sequence) };
  } catch {
    return { kind: 'again' }; // no answer, or half of one
  }
};
