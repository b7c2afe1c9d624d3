/** One client: carries out what its session decides, and knows nothing of sockets or NATS. */
import { identifierPrefix, type DisconnectReason, type Negotiated, type Room } from '@cablehub/cable';
import { isFor } from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import type { Admit, Admitted } from './admissions.ts';
import type { Admission } from './authorize.ts';
import type { Beats } from './beats.ts';
import type { Listener } from './lanes.ts';
import type { GatewayMetrics } from './metrics.ts';
import { newSession, step, type Effect, type Input, type Session, type SessionLimits } from './session.ts';

/** Where a client's frames go. Nothing here waits, and nothing fails: what is said to a closed socket is dropped. */
export interface Outbox {
  send(frame: string): void;
  /** Sends a message spliced from a subscription's prefix and a payload. */
  deliver(prefix: Uint8Array, payload: Uint8Array): void;
  /** Sends what waits and the disconnect frame, then closes. */
  close(reason: DisconnectReason): void;
}

export type ClientOptions = {
  readonly id: string;
  readonly outbox: Outbox;
  readonly negotiated: Negotiated;
  readonly services: ClientServices;
};

export type ClientServices = {
  readonly limits: SessionLimits;
  readonly admit: Admit;
  readonly beats: Beats;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  /** Unix time in ms. */
  readonly now: () => number;
};

type Live = { readonly admission: Admission; readonly leave: () => void };
/** Between a subscription and its lanes: what is heard goes nowhere before the confirm. */
type Gate = { isConfirmed: boolean; isRevoked: boolean };

export class Client {
  /** Names the connection in log lines. */
  readonly id: string;
  readonly #outbox: Outbox;
  readonly #services: ClientServices;
  readonly #live = new Map<string, Live>();
  readonly #gone = new AbortController();
  #session: Session;

  constructor({ id, outbox, negotiated, services }: ClientOptions) {
    this.id = id;
    this.#outbox = outbox;
    this.#services = services;
    this.#session = newSession(negotiated, services.limits, services.now());
  }

  open(): void {
    this.#take({ kind: 'opened' });
  }

  /** Takes a frame; null for a binary one. */
  receive(text: string | null): void {
    this.#take({ kind: 'received', text });
  }

  /** Its turn to be pinged. */
  turn(): void {
    this.#take({ kind: 'turn' });
  }

  /** Tells the client why, then closes. */
  disconnect(reason: DisconnectReason): void {
    if (!this.#gone.signal.aborted) this.#outbox.close(reason);
  }

  /** The socket is closed: everything of this client ends. */
  closed(): void {
    this.#gone.abort();
    for (const identifier of this.#live.keys()) this.#end(identifier);
  }

  #take(input: Input): void {
    if (this.#gone.signal.aborted) return;
    const { session, effects } = step(this.#session, input, this.#services.now());
    this.#session = session;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    const { metrics } = this.#services;
    switch (effect.kind) {
      case 'send':
        return this.#outbox.send(effect.frame);
      case 'admit':
        return void this.#admit(effect.identifier, effect.room);
      case 'subscribed':
        return this.#begin(effect.identifier);
      case 'unsubscribed':
        return this.#end(effect.identifier);
      case 'heartbeat':
        return this.#heartbeat(effect.identifier);
      case 'close':
        return this.#outbox.close(effect.reason);
      case 'counted':
        return metrics.commands.inc({ command: effect.command, outcome: effect.outcome });
      case 'answered':
        return metrics.answers.inc({ outcome: effect.outcome });
    }
  }

  async #admit(identifier: string, room: Room): Promise<void> {
    const gate: Gate = { isConfirmed: false, isRevoked: false };
    const { signal } = this.#gone;
    const listener = (admission: Admission): Listener => this.#listener(identifier, admission, gate);
    // It rejects only when this client is gone, and then there is nobody to tell.
    const result = await this.#services.admit({ room, listener, signal }).catch(() => null);
    if (result === null) return;
    if (!result.ok) return this.#take({ kind: 'refused', identifier, reason: result.reason });
    this.#admitted(identifier, result, gate);
  }

  #admitted(identifier: string, { admission, leave }: Admitted & { readonly ok: true }, gate: Gate): void {
    if (this.#gone.signal.aborted || gate.isRevoked) {
      leave();
      return this.#take({ kind: 'refused', identifier, reason: 'revoked' });
    }
    this.#live.set(identifier, { admission, leave });
    gate.isConfirmed = true;
    this.#take({ kind: 'admitted', identifier });
  }

  #listener(identifier: string, { member, tokenKey }: Admission, gate: Gate): Listener {
    const prefix = identifierPrefix(identifier);
    const user = member.kind === 'user' ? member.userId : null;
    return (delivery) => {
      if (delivery.kind === 'revocation') {
        if (delivery.tokenKey !== tokenKey) return;
        gate.isRevoked = true;
        if (gate.isConfirmed) this.#take({ kind: 'revoked', identifier });
      } else if (gate.isConfirmed && (user === null || isFor(delivery.audience, user)))
        this.#outbox.deliver(prefix, delivery.payload);
    };
  }

  #begin(identifier: string): void {
    const live = this.#live.get(identifier);
    if (live === undefined) return;
    const { accountId, member } = live.admission;
    this.#services.metrics.subscriptions.inc({ kind: member.kind });
    this.#services.beats.joined(accountId, member);
    this.#services.logger.debug({ connection: this.id, account: accountId, member }, 'subscribed');
  }

  #end(identifier: string): void {
    const live = this.#live.get(identifier);
    if (live === undefined) return;
    this.#live.delete(identifier);
    live.leave();
    const { accountId, member } = live.admission;
    this.#services.metrics.subscriptions.dec({ kind: member.kind });
    this.#services.beats.left(accountId, member);
    this.#services.logger.debug({ connection: this.id, account: accountId, member }, 'unsubscribed');
  }

  #heartbeat(identifier: string): void {
    const admission = this.#live.get(identifier)?.admission;
    if (admission !== undefined) this.#services.beats.heartbeat(admission.accountId, admission.member);
  }
}
