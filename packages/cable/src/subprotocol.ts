/** The choice of a WebSocket subprotocol from what a client offers. */

export const BASE_PROTOCOL = 'actioncable-v1-json';
/** Offered by Rails' client to be told, by its choice, that nothing else it offers is spoken here. */
export const UNSUPPORTED = 'actioncable-unsupported';

export type Negotiated = {
  /** What to answer in `Sec-WebSocket-Protocol`; null: leave the header out. */
  readonly selected: string | null;
  /** Whether commands of this connection are served. */
  readonly isServed: boolean;
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
  if (offered.includes(BASE_PROTOCOL)) return { selected: BASE_PROTOCOL, isServed: true, reconfirms };
  if (reconfirms) return { selected: UNSUPPORTED, isServed: false, reconfirms };
  return { selected: null, isServed: true, reconfirms };
};
