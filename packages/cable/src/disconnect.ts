/** The catalogue of reasons for which a connection is ended, and what its client should do next. */

export type Disconnect = {
  /** What the frame says: `false` makes every stock client stop for good, `true` lets it come back. */
  readonly reconnect: boolean;
  /** The close code of the socket after the frame. */
  readonly closeCode: number;
  readonly when: string;
};

export const disconnects = {
  unauthorized: { reconnect: false, closeCode: 1000, when: 'The connection itself is refused.' },
  unsupported_protocol: { reconnect: false, closeCode: 1000, when: 'The client offers no subprotocol spoken here.' },
  server_restart: { reconnect: true, closeCode: 1001, when: 'The gateway stops or restarts.' },
  remote: { reconnect: true, closeCode: 1000, when: 'An operator ends the connection.' },
  idle_timeout: { reconnect: false, closeCode: 1000, when: 'The connection has had no subscription for too long.' },
  too_many_commands: { reconnect: true, closeCode: 1008, when: 'The client goes on sending more than it may.' },
  gap: {
    reconnect: true,
    closeCode: 1012,
    when: 'The gateway missed frames for this client that are no longer kept.',
  },
  too_slow: { reconnect: true, closeCode: 1008, when: 'The client reads more slowly than frames are made for it.' },
} as const satisfies Readonly<Record<string, Disconnect>>;

/** The close code of a socket that is closed without a frame, so that an extended client keeps its session: come again. */
export const RESUMABLE_CLOSE_CODE = 1012;

export type DisconnectReason = keyof typeof disconnects;
