/** Where a client's frames go. */
import type { DisconnectReason } from '@cablehub/cable';

/** A message as the parts it is spliced from; without a tail it has no place in a stream. */
export type Message = {
  readonly prefix: Uint8Array;
  readonly payload: Uint8Array;
  readonly tail?: Uint8Array | undefined;
};

/** Nothing here fails: what is said to a closed socket is dropped. */
export interface Outbox {
  /** The offset up to which the reader is known to have got everything of its lanes; 0: nothing is known. */
  readonly proven: number;
  send(frame: string): void;
  deliver(message: Message): void;
  /** Sends what waits and the disconnect frame, then closes. */
  close(reason: DisconnectReason): void;
  /** Sends what waits, then closes without a frame: a client of the extended protocol comes back and resumes. */
  closeBare(reason: DisconnectReason): void;
  /** Resolves when the reader has taken enough for more to be sent, or is gone. */
  room(): Promise<void>;
}
