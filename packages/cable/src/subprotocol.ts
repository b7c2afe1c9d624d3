/** The choice of a WebSocket subprotocol from what a client offers. */

export const BASE_PROTOCOL = 'actioncable-v1-json';
/** AnyCable's: frames say their place in their stream, and a client that comes back asks for what it missed. */
export const EXTENDED_PROTOCOL = 'actioncable-v1-ext-json';
/** Offered by Rails' client to be told, by its choice, that nothing else it offers is spoken here. */
export const UNSUPPORTED = 'actioncable-unsupported';

export type Negotiated = {
  /** What to answer in `Sec-WebSocket-Protocol`; null: leave the header out. */
  readonly selected: string | null;
  /** Whether commands of this connection are served. */
  readonly isServed: boolean;
  /** Whether it is the extended protocol. */
  readonly isExtended: boolean;
  /**
   * Whether a repeated subscribe is confirmed again after the first confirm. Rails' client waits for that for ever when
   * two of its objects share an identifier; `@anycable/core` unsubscribes on it. Only Rails' client offers `UNSUPPORTED`.
   */
  readonly reconfirms: boolean;
};

/**
 * Negotiates from the raw header, a comma list that may be empty.
 *
 * A client that offers nothing known and not `UNSUPPORTED` either is served the base protocol under no name.
 */
export const negotiate = (header: string): Negotiated => {
  const offered = header.split(',').map((name) => name.trim());
  const reconfirms = offered.includes(UNSUPPORTED);
  const served = (selected: string | null, isExtended = false): Negotiated => ({
    selected,
    isServed: true,
    isExtended,
    reconfirms,
  });
  // The client's order decides: a client that offers both prefers the one it names first.
  const first = offered.find((name) => name === BASE_PROTOCOL || name === EXTENDED_PROTOCOL);
  if (first !== undefined) return served(first, first === EXTENDED_PROTOCOL);
  if (reconfirms) return { selected: UNSUPPORTED, isServed: false, isExtended: false, reconfirms };
  return served(null);
};
