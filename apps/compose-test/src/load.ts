/** Producers and clients of every kind on the hub's one port, and the ledger of what was promised and what was heard. */
import {
  beginnings,
  createBook,
  persons,
  plansOf,
  post,
  quiet,
  seeded,
  startAppender,
  startClient,
  violationsOf,
  type Findings,
  type Injected,
  type Person,
  type RunningClient,
} from '@cablehub-apps/faults';
import { waitFor, type Hub } from './hub.ts';

export type Load = {
  /** How many clients there are. */
  readonly clients: number;
  /** Does something to the hub and notes it; what it says goes into the report. */
  readonly inject: (kind: string, fault: () => Promise<string>) => Promise<string>;
  /** Ends the load, waits for what is still to come and reads the log. */
  readonly end: () => Promise<Findings>;
  /** Ends everything at once. */
  readonly stop: () => void;
};

export type LoadOptions = { readonly accounts: readonly number[]; readonly seed: number };

const READY_MS = 30_000;
const ACKNOWLEDGE_MS = 30_000;

/** Makes the accounts, connects everybody and starts to append. */
export const startLoad = async (hub: Hub, { accounts, seed }: LoadOptions): Promise<Load> => {
  const apiToken = (await hub.hub(['token'])).trim();
  const apiUrl = hub.httpUrl;
  for (const account of accounts) {
    const batch = { account, events: beginnings(account), apiToken };
    const answer = await post(apiUrl, batch, AbortSignal.timeout(READY_MS));
    if (answer.kind !== 'appended') throw new Error(`account ${account} could not be made: ${JSON.stringify(answer)}`);
  }
  for (const account of accounts) await untilAdmitted(hub, account);

  const plans = accounts.flatMap(plansOf);
  const book = createBook(plans.map(({ name, kind }) => ({ name, isExt: kind === 'anycable-ext' })));
  const clients = plans.map((plan) =>
    startClient(plan, { url: hub.cableUrl, receive: (number) => book.receive(plan.name, number) }),
  );
  const stopClients = (): void => clients.forEach(({ stop }) => stop());
  await waitFor('everybody is subscribed', async () => everybody(clients), READY_MS).catch((error: unknown) => {
    stopClients();
    throw error;
  });

  const clientsOf = (account: number, person: Person): readonly string[] =>
    plans.filter((one) => one.account === account && one.person === person).map(({ name }) => name);
  const startedAt = performance.now();
  const appender = startAppender({ apiUrl, apiToken, accounts, book, random: seeded(seed), clientsOf });
  const injected: Injected[] = [];
  return {
    clients: clients.length,
    inject: async (kind, fault) => {
      const at = Date.now();
      const detail = await fault();
      injected.push({ kind, at, until: Date.now(), detail });
      return detail;
    },
    end: async () => {
      await appender.stop(ACKNOWLEDGE_MS);
      const seconds = Math.round((performance.now() - startedAt) / 1_000);
      await quiet(book, new AbortController().signal);
      stopClients();
      const violations = violationsOf({ ...book, log: await positionsOf(hub) });
      const [retries, surprises] = [appender.retries(), [...appender.surprises]];
      return { seed, seconds, book, clients, injected, leftOut: [], violations, surprises, retries, lastWords: [] };
    },
    stop: () => {
      stopClients();
      void appender.stop(0);
    },
  };
};

const everybody = (clients: readonly RunningClient[]): true | null =>
  clients.every((client) => client.isSubscribed()) ? true : null;

/** A token is on its way from the log to the gateways: some clients take a refusal for the last word, so this one asks. */
const untilAdmitted = async ({ cableUrl }: Hub, account: number): Promise<void> => {
  const plan = { name: 'probe', kind: 'bare', account, person: persons.at(-1)! } as const;
  await waitFor(`account ${account} is known to the gateways`, async () => {
    const probe = startClient(plan, { url: cableUrl, receive: () => undefined });
    try {
      return await waitFor('an answer', async () => (probe.isSubscribed() ? true : null), 1_000);
    } finally {
      probe.stop();
    }
  });
};

/** Where each event is in the log, by its id. */
const positionsOf = async (hub: Hub): Promise<ReadonlyMap<string, readonly number[]>> => {
  const positions = new Map<string, number[]>();
  for (const line of (await hub.hub(['events', '--json'])).split('\n')) {
    if (!line.startsWith('{')) continue;
    const { id, position } = JSON.parse(line) as { id: string; position: number };
    positions.set(id, [...(positions.get(id) ?? []), position]);
  }
  return positions;
};
