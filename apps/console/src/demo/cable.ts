/**
 * One subscription on a socket of its own, with Rails' stock client, that can be cut: the socket is really closed, and the
 * client connects and subscribes again as it would after any other drop.
 */
import { createConsumer } from '@rails/actioncable';
import type { Frame } from '../api/shapes.ts';

export type CableState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** Cut on purpose; comes back at that time, in Unix ms. */
  | { readonly kind: 'cut'; readonly until: number }
  /** The socket was lost; the client tries again by itself. */
  | { readonly kind: 'lost' }
  /** The hub does not know the token. */
  | { readonly kind: 'rejected' };

export type Identity = { readonly pubsub_token: string; readonly account_id?: number; readonly user_id?: number };

export type CableOptions = {
  readonly url: string;
  readonly identity: Identity;
  /** The hub's clock: frames are dated by it. */
  readonly hubTime: () => number;
  /** `missedUntil`: what happened before it, in Unix ms by the hub's clock, was missed while the socket was down; null: it was never down. */
  readonly onFrame: (frame: Frame, hearing: { readonly now: number; readonly missedUntil: number | null }) => void;
  readonly onState: (state: CableState) => void;
};

export type Cable = {
  readonly cut: (forMs: number) => void;
  readonly restore: () => void;
  readonly close: () => void;
};

/** The documented beat. */
const HEARTBEAT_MS = 30_000;

export const openCable = ({ url, identity, hubTime, onFrame, onState }: CableOptions): Cable => {
  const consumer = createConsumer(url);
  let wasDown = false;
  let missedUntil: number | null = null;
  let restoring: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  const say = (state: CableState): void => {
    if (!isClosed) onState(state);
  };
  say({ kind: 'connecting' });

  const subscription = consumer.subscriptions.create(
    { channel: 'RoomChannel', ...identity },
    {
      connected: () => {
        if (wasDown) missedUntil = hubTime();
        wasDown = false;
        say({ kind: 'connected' });
      },
      disconnected: ({ willAttemptReconnect }: { willAttemptReconnect?: boolean | undefined }) => {
        wasDown = true;
        if (willAttemptReconnect) say({ kind: 'lost' });
      },
      rejected: () => say({ kind: 'rejected' }),
      received: (frame: Frame) => {
        if (!isClosed) onFrame(frame, { now: Date.now(), missedUntil });
      },
    },
  );
  const beat = setInterval(() => subscription.perform('update_presence'), HEARTBEAT_MS);

  const restore = (): void => {
    clearTimeout(restoring);
    say({ kind: 'connecting' });
    consumer.connect();
  };
  return {
    cut: (forMs) => {
      clearTimeout(restoring);
      wasDown = true;
      consumer.disconnect();
      restoring = setTimeout(restore, forMs);
      say({ kind: 'cut', until: Date.now() + forMs });
    },
    restore,
    close: () => {
      isClosed = true;
      clearTimeout(restoring);
      clearInterval(beat);
      consumer.disconnect();
    },
  };
};
