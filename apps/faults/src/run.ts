/** One run: a hub, its clients, a load, faults one after another, and at the end the ledger. */
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats, contactTokenKey, jetStreamLog, jetStreamTokens } from '@cablehub/log';
import { post, startAppender } from './appender.ts';
import { createBook, type Book } from './book.ts';
import { startClient, type ClientKind, type ClientPlan, type RunningClient } from './clients.ts';
import { ACCOUNTS, beginnings, persons, tokenOf, type Person } from './domain.ts';
import { faults, type Fault, type FaultContext, type FaultKind, type Group } from './faults.ts';
import { lostTo, violationsOf, type Ledger } from './ledger.ts';
import { startProxy } from './proxy.ts';
import { seeded } from './random.ts';
import type { Findings, Injected } from './report.ts';
import { startWorld, type World } from './world.ts';

export type RunOptions = {
  /** Chooses the faults, their order and their times. */
  readonly seed: number;
  /** How long the load goes on. */
  readonly seconds: number;
  /** Only these; all when absent. */
  readonly kinds?: readonly FaultKind[];
  /** The `PATH` of what is started. */
  readonly path: string;
  readonly say: (text: string) => void;
  /** Ends the run early. */
  readonly signal: AbortSignal;
};

const READY_MS = 30_000;
const ACKNOWLEDGE_MS = 30_000;
/** This long without a frame, and whatever is still missing is lost. */
const HOPELESS_MS = 25_000;
/** This long without a frame when nothing is missing, and nothing more will come. */
const QUIET_MS = 2_000;

export const runFaults = async (options: RunOptions): Promise<Findings> => {
  const opened: (() => Promise<void> | void)[] = [];
  try {
    const world = await startWorld(options);
    opened.push(world.stop);
    return await runIn(world, options, (close) => opened.push(close));
  } finally {
    for (const close of opened.toReversed()) await close();
  }
};

const runIn = async (world: World, options: RunOptions, closing: (close: () => Promise<void> | void) => void) => {
  const { seed, seconds, say, signal } = options;
  const random = seeded(seed);
  await world.ready(READY_MS);
  await prepare(world);

  const plans = ACCOUNTS.flatMap(plansOf);
  const book = createBook(plans.map(({ name, kind }) => ({ name, isExt: kind === 'anycable-ext' })));
  const groups: Group[] = [];
  const clients: RunningClient[] = [];
  for (const [index, name] of groupNames.entries()) {
    const order = index % 2 === 0 ? world.gatewayPorts : world.gatewayPorts.toReversed();
    const proxy = await startProxy(order);
    closing(proxy.close);
    groups.push({ name, account: accountIn(name), proxy });
    const url = `ws://127.0.0.1:${proxy.port}/cable`;
    for (const plan of plans.filter((one) => groupOf(one) === name)) {
      const client = startClient(plan, { url, receive: (number) => book.receive(plan.name, number) });
      closing(client.stop);
      clients.push(client);
    }
  }
  await until(
    () => silent(clients).length === 0,
    READY_MS,
    () => `not subscribed: ${silent(clients).join('; ')}`,
  );
  say(`${clients.length} clients are subscribed; the load begins`);

  const clientsOf = (account: number, person: Person): readonly string[] =>
    plans.filter((one) => one.account === account && one.person === person).map(({ name }) => name);
  const appender = startAppender({ apiUrl: world.apiUrl, book, random: seeded(seed + 1), clientsOf });
  const context: FaultContext = { world, groups, appender, book, random };
  const chosen = options.kinds === undefined ? faults : faults.filter(({ kind }) => options.kinds?.includes(kind));
  const { injected, leftOut } = await injectAll(chosen, context, options);
  await appender.stop(ACKNOWLEDGE_MS);
  say(`the load has ended after ${book.entries.size} events; waiting for the rest`);
  await world.ready(READY_MS);
  await quiet(book, signal);
  const violations = violationsOf({ ...book, log: await readLog(world, book) });
  const surprises = [...appender.surprises];
  const [retries, lastWords] = [appender.retries(), world.lastWords()];
  return { seed, seconds, book, clients, injected, leftOut, violations, surprises, retries, lastWords };
};

const silent = (clients: readonly RunningClient[]): readonly string[] =>
  clients.filter((client) => !client.isSubscribed()).map(({ plan }) => plan.name);

/** Everybody on two devices: one has the extended client, the other one of the base clients. */
const baseKinds: readonly ClientKind[] = ['anycable', 'bare', 'rails'];
export const plansOf = (account: number): readonly ClientPlan[] =>
  persons.flatMap((person, index) => {
    const base = baseKinds[(account + index) % baseKinds.length]!;
    return (['anycable-ext', base] as const).map((kind) => ({
      name: `account ${account}, ${person}, ${kind}`,
      kind,
      account,
      person,
    }));
  });

/** Each account has two networks; every kind of client is in both. */
const groupNames = ACCOUNTS.flatMap((account) => [`network ${account}a`, `network ${account}b`]);
const accountIn = (group: string): number => Number(group.match(/\d+/)?.[0]);
const groupOf = ({ account, person, kind }: ClientPlan): string => {
  const isEven = (persons.indexOf(person) + (kind === 'anycable-ext' ? 0 : 1)) % 2 === 0;
  return `network ${account}${isEven ? 'a' : 'b'}`;
};

/** Appends the accounts and waits until every token opens its lane. */
const prepare = async (world: World): Promise<void> => {
  for (const account of ACCOUNTS) {
    const events = beginnings(account);
    const answer = await post(world.apiUrl, { account, events }, AbortSignal.timeout(READY_MS));
    if (answer.kind !== 'appended') throw new Error(`the accounts could not be made: ${JSON.stringify(answer)}`);
  }
  const link = await connectNats({ url: world.natsUrl, name: 'cablehub-faults' });
  try {
    const tokens = await jetStreamTokens(link);
    const last = contactTokenKey(tokenOf(ACCOUNTS.at(-1)!, 'customer 2'));
    await until(async () => (await tokens.get(last)) !== null, READY_MS);
  } finally {
    await link.close();
  }
};

type Injections = { readonly injected: readonly Injected[]; readonly leftOut: readonly string[] };

/** Deals the faults like cards: all of them in random order, then all again, until the time is over. */
const injectAll = async (
  chosen: readonly Fault[],
  context: FaultContext,
  { seconds, say, signal }: RunOptions,
): Promise<Injections> => {
  const { random } = context;
  const end = Date.now() + seconds * 1_000;
  const isOver = (): boolean => signal.aborted || Date.now() >= end;
  const injected: Injected[] = [];
  const leftOut = new Set<string>();
  await pause(random.between(1_000, 2_000));
  while (!isOver() && leftOut.size < chosen.length)
    for (const { kind, inject } of random.shuffled(chosen)) {
      if (isOver()) break;
      const at = Date.now();
      const detail = await inject(context);
      if (detail === null) {
        leftOut.add(kind);
        continue;
      }
      injected.push({ kind, at, until: Date.now(), detail });
      say(`${new Date(at).toISOString().slice(11, 23)}  ${kind}: ${detail}`);
      await pause(random.between(500, 2_500));
    }
  return { injected, leftOut: [...leftOut] };
};

export const quiet = async (book: Book, signal: AbortSignal): Promise<void> => {
  const began = Date.now();
  const last = (): number => Math.max(began, ...[...book.receipts.values()].map((all) => all.at(-1)?.at ?? 0));
  await until(() => {
    const silence = Date.now() - last();
    if (signal.aborted || silence > HOPELESS_MS) return true;
    return silence > QUIET_MS && book.clients.every(({ name }) => lostTo(book, name).length === 0);
  }, Infinity);
};

/** Where each event of the book is in the log. */
const readLog = async (world: World, book: Book): Promise<Ledger['log']> => {
  const positions = new Map<string, number[]>([...book.entries.values()].map(({ id }) => [id, []]));
  const link = await connectNats({ url: world.natsUrl, name: 'cablehub-faults' });
  try {
    for await (const entry of jetStreamLog(link).read())
      if (entry.type !== 'unreadable') positions.get(entry.id)?.push(entry.position);
  } finally {
    await link.close();
  }
  return positions;
};

const POLL_MS = 100;
const until = async (
  holds: () => boolean | Promise<boolean>,
  limitMs: number,
  otherwise: () => string = () => 'the hub is not ready',
): Promise<void> => {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${otherwise()} (after ${limitMs} ms)`);
    await pause(POLL_MS);
  }
};
