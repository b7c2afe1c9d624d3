/** Where a client's frames go. */
import type { DisconnectReason, Message } from '@cablehub/cable';

/** Nothing here fails: what is said to a closed socket is dropped. */
export interface Outbox {
  /** The offset up to which the reader is known to have got everything of its lanes; 0: nothing is known. */
  readonly proven: number;
  /** How many probes were sent: an answer to the next one proves all that was given to this outbox before it. */
  readonly probesSent: number;
  /** Which probe was answered last; 0: none. */
  readonly probesAnswered: number;
  send(frame: string): void;
  /** The prefix is that of one subscription, the message whoever's: nothing is copied before it is written. */
  deliver(prefix: Uint8Array, message: Message): void;
  /** Sends what waits and the disconnect frame, then closes. */
  close(reason: DisconnectReason): void;
  /** Sends what waits, then closes without a frame: a client of the extended protocol comes back and resumes. */
  closeBare(reason: DisconnectReason): void;
  /** Resolves when the reader has taken enough for more to be sent, or is gone. */
  room(): Promise<void>;
}
