/** When to read over HTTP what a socket may not have told. */

/** The hub brings back what was missed by itself; what it cannot, because it was too long ago, is read this much later. */
const AFTER_BACK_MS = 2_000;

export type WhenConnected = (() => void) & { readonly stop: () => void };

/**
 * To be called at each connection. Reads at once at the first, because something may have happened between the first answers
 * and the moment from which the socket tells everything; later, when what comes back has come.
 */
export const whenConnected = (read: () => Promise<void>): WhenConnected => {
  let isFirst = true;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const connected = (): void => {
    clearTimeout(waiting);
    if (isFirst) void read();
    else waiting = setTimeout(() => void read(), AFTER_BACK_MS);
    isFirst = false;
  };
  return Object.assign(connected, { stop: () => clearTimeout(waiting) });
};
