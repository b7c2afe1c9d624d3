/** The hub as a compose project: a name and a port of its own, and everything that is done to it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from './engine.ts';

export type Service = 'nats' | 'nats-2' | 'nats-3' | 'projector' | 'projector-a' | 'projector-b' | Scaled;
type Scaled = 'presence' | 'api' | 'gateway' | 'lb';

export type Container = { readonly name: string; readonly service: string };

export type Hub = {
  /** `docker compose … ARGS` on this project; its standard output. */
  readonly compose: (args: readonly string[], limitMs?: number) => Promise<string>;
  /** `up -d --wait` with so many replicas, of these services alone when some are named; what runs already stays as it is. */
  readonly up: (scale?: Partial<Record<Service, number>>, services?: readonly Service[]) => Promise<void>;
  /** The containers of a service that run, in the order of their numbers. */
  readonly containersOf: (service: Service) => Promise<readonly Container[]>;
  /** `kill -9`; it stays down until `start`. */
  readonly kill: (container: Container) => Promise<void>;
  readonly start: (container: Container) => Promise<void>;
  /** The metrics of an app's replica. */
  readonly metricsOf: (container: Container) => Promise<Metrics>;
  /** Runs a command of the hub's command line. */
  readonly hub: (args: readonly string[]) => Promise<string>;
  /** Stops everything and removes what it kept. */
  readonly remove: () => Promise<void>;
  readonly httpUrl: string;
  readonly cableUrl: string;
};

/** The value of a metric, summed over its labels; 0 when it is not there. */
export type Metrics = (name: string) => number;

export type HubOptions = {
  readonly project: string;
  readonly port: number;
  /** Overlays on compose.yaml. */
  readonly overlays?: readonly string[];
};

const ports: Readonly<Record<string, number>> = { gateway: 3000, api: 3001, projector: 3002, presence: 3003 };
const START_MS = 180_000;

export const openHub = ({ docker }: Engine, { project, port, overlays = [] }: HubOptions): Hub => {
  const files = ['compose.yaml', ...overlays].flatMap((file) => ['-f', file]);
  const compose: Hub['compose'] = (args, limitMs) => docker(['compose', '-p', project, ...files, ...args], limitMs);
  return {
    compose,
    up: async (scale = {}, services = []) => {
      const isMeant = (service: string): boolean => services.length === 0 || services.some((one) => one === service);
      const replicas = Object.entries(scale)
        .filter(([service]) => isMeant(service))
        .flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
      const only = services.length === 0 ? [] : ['--no-deps', ...services];
      await compose(['up', '-d', '--wait', '--no-recreate', ...replicas, ...only], START_MS);
    },
    containersOf: async (service) => {
      const labels = { project, service };
      const filters = Object.entries(labels).flatMap(([key, value]) => [
        '--filter',
        `label=com.docker.compose.${key}=${value}`,
      ]);
      const names = await docker(['ps', ...filters, '--filter', 'status=running', '--format', '{{.Names}}']);
      return names
        .split('\n')
        .filter((name) => name !== '')
        .toSorted()
        .map((name) => ({ name, service }));
    },
    kill: async ({ name }) => void (await docker(['kill', '--signal', 'KILL', name])),
    start: async ({ name }) => void (await docker(['start', name])),
    metricsOf: async ({ name, service }) => {
      const url = `http://127.0.0.1:${ports[service.replace(/-[ab]$/, '')]}/metrics`;
      const script = `fetch('${url}').then((page) => page.text()).then((text) => process.stdout.write(text))`;
      return metricsIn(await docker(['exec', name, 'node', '-e', script], 10_000));
    },
    hub: (args) => compose(['run', '--rm', '--no-deps', '-T', 'hub', ...args]),
    remove: async () => void (await compose(['--profile', '*', 'down', '--volumes', '--remove-orphans'])),
    httpUrl: `http://127.0.0.1:${port}`,
    cableUrl: `ws://127.0.0.1:${port}/cable`,
  };
};

/** Reads Prometheus' text format (pure). */
export const metricsIn =
  (page: string): Metrics =>
  (name) =>
    page
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);

const POLL_MS = 200;

/** Waits until an answer is not null; how long it took is for the caller to measure. Faults: what was waited for, in words. */
export const waitFor = async <T>(what: string, ask: () => Promise<T | null>, limitMs = 60_000): Promise<T> => {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      if (performance.now() > deadline) throw error;
      return null;
    });
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await pause(POLL_MS);
  }
};
