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
  const { base, extended, unnamed } = offered.includes(UNSUPPORTED) ? toRails : toOthers;
  // The client's order decides: a client that offers both prefers the one it names first.
  const first = offered.find((name) => name === BASE_PROTOCOL || name === EXTENDED_PROTOCOL);
  if (first !== undefined) return first === EXTENDED_PROTOCOL ? extended : base;
  return unnamed;
};

/** All that can come of it, made once: every connection keeps its own. */
const outcomes = (reconfirms: boolean, unnamed: Pick<Negotiated, 'selected' | 'isServed'>) => ({
  base: { selected: BASE_PROTOCOL, isServed: true, isExtended: false, reconfirms },
  extended: { selected: EXTENDED_PROTOCOL, isServed: true, isExtended: true, reconfirms },
  unnamed: { ...unnamed, isExtended: false, reconfirms },
});
const toRails = outcomes(true, { selected: UNSUPPORTED, isServed: false });
const toOthers = outcomes(false, { selected: null, isServed: true });
