/** What a process of the hub says of itself at `/metrics`. */
import { EVENT_LOOP_SAMPLE_MS } from '@cablehub/process';

/** How late the event loop of a process was since this was asked last, in ms: the 99th of 100 looks, and the latest. */
export const loopDelayOf = async (port: number): Promise<{ readonly p99: number; readonly most: number }> => {
  // One page tells of all that was since the page before, so both are read off the same one.
  const page = await fetch(`http://127.0.0.1:${port}/metrics`).then((response) => response.text());
  const read = (name: string): number =>
    Math.max(0, Number(new RegExp(`^${name} (\\S+)`, 'm').exec(page)?.[1]) * 1_000 - EVENT_LOOP_SAMPLE_MS);
  return { p99: read('nodejs_eventloop_lag_p99_seconds'), most: read('nodejs_eventloop_lag_max_seconds') };
};
