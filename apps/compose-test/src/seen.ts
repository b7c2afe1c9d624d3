/** What every stage looks at: whether the hub is open, where the sockets are, who works, and what the ledger says. */
import { isKept, reportOf } from '@cablehub-apps/faults';
import { waitFor, type Container, type Hub, type Service } from './hub.ts';
import { startLoad, type Load, type LoadOptions } from './load.ts';

const REQUEST_MS = 3_000;

/** Asks the one port as a user does: health, the console and the APIs are there, metrics are not. Faults: what is wrong. */
export const isOpen = async ({ httpUrl }: Hub): Promise<string> => {
  for (const [path, expected] of [
    ['/health/ready', 200],
    ['/', 200],
    ['/openapi.json', 200],
    ['/docs', 200],
    ['/api/v1/profile', 401],
    ['/public/api/v1/inboxes/nobody/contacts/nobody', 404],
    ['/v1/accounts/1/events', 401],
    ['/cable', 426],
    ['/metrics', 404],
  ] as const) {
    const method = path.startsWith('/v1') ? 'POST' : 'GET';
    const { status } = await fetch(`${httpUrl}${path}`, { method, signal: AbortSignal.timeout(REQUEST_MS) });
    if (status !== expected) throw new Error(`${path} answers ${status}, not ${expected}`);
  }
  return `open at ${httpUrl}`;
};

/** How many sockets each gateway has. */
export const sockets = async (hub: Hub): Promise<readonly number[]> =>
  Promise.all(
    (await hub.containersOf('gateway')).map(async (one) => (await hub.metricsOf(one))('cablehub_gateway_connections')),
  );

/** Kills the replica that works and waits until another does. */
export const takeOver = async (hub: Hub, service: Service, metric: string): Promise<string> => {
  const working = await waitFor(`one ${service} works`, () => holderOf(hub, service, metric));
  const startedAt = performance.now();
  await hub.kill(working);
  const next = await waitFor(`another ${service} works`, () => holderOf(hub, service, metric));
  const took = ((performance.now() - startedAt) / 1_000).toFixed(1);
  await hub.start(working);
  return `${next.name} works ${took} s after ${working.name} was killed`;
};

const holderOf = async (hub: Hub, service: Service, metric: string): Promise<Container | null> => {
  for (const replica of await hub.containersOf(service))
    if ((await hub.metricsOf(replica))(metric) === 1) return replica;
  return null;
};

/** Plays with a load, and ends the load whatever happens. */
export const withLoad = async (hub: Hub, options: LoadOptions, play: (load: Load) => Promise<void>): Promise<void> => {
  const load = await startLoad(hub, options);
  try {
    await play(load);
  } finally {
    load.stop();
  }
};

/** Ends the load and holds what was promised against what was heard. Faults: the report, when the promise was broken. */
export const endedLoad = async (load: Load): Promise<string> => {
  const findings = await load.end();
  if (!isKept(findings)) throw new Error(`the promise was broken\n${reportOf(findings)}`);
  const { book, injected, seconds } = findings;
  const events = [...book.entries.values()].filter(({ positions }) => positions.size > 0).length;
  const frames = [...book.receipts.values()].reduce((sum, { length }) => sum + length, 0);
  return (
    `${events} events and ${frames} frames in ${seconds} s with ${injected.length} disturbances: ` +
    `0 lost, 0 duplicated, 0 out of order, 0 to the wrong audience`
  );
};
