/** The gateways of a specification, with a user and two sessions that may come; whatever it starts is stopped after it. */
import { afterEach } from 'vitest';
import { startProxy, type Proxy } from './proxy.fixture.ts';
import { grantAgent, grantSession, startReplica, startTestHub, type Replica, type TestHub } from './testing.ts';

export type Gateways = {
  /** A hub, and one more gateway on its NATS. */
  readonly start: (settings?: Readonly<Record<string, string>>) => Promise<{ hub: TestHub; other: Replica }>;
  /** A proxy to a port. */
  readonly proxied: (port: number) => Promise<Proxy>;
  /** What ends something after the test; the last begun ends first. */
  readonly ends: (end: () => unknown) => void;
};

export const gatewaysOfEachTest = (): Gateways => {
  const begun: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of begun.splice(0).reverse()) await end();
  });
  const ends = (end: () => unknown): void => void begun.push(end);
  return {
    ends,
    proxied: async (port) => {
      const proxy = await startProxy(port);
      ends(() => proxy.close());
      return proxy;
    },
    start: async (settings = {}) => {
      const hub = await startTestHub(settings);
      ends(() => hub.stop());
      const other = await startReplica(hub);
      ends(() => other.stop());
      await grantAgent(hub, 5);
      for (const session of [11, 12]) await grantSession(hub, session);
      return { hub, other };
    },
  };
};
