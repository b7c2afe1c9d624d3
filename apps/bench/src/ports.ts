/** Ports for servers of a benchmark. */
import getPort from 'get-port';

const FIRST = 12_000;
const LAST = 32_000;
const TRIES = 100;

/**
 * A free port below those that Linux gives to whoever connects: with thousands of clients about, any of those may be taken before
 * the server listens. By chance, so that two benchmarks do not ask for the same one.
 */
export const freePort = (): Promise<number> =>
  getPort({
    host: '127.0.0.1',
    port: Array.from({ length: TRIES }, () => FIRST + Math.floor(Math.random() * (LAST - FIRST))),
  });
