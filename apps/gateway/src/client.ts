/** One client: carries out what its session decides, and knows nothing of sockets or NATS. */
import {
  identifierPrefix,
  streamPrefix,
  type DisconnectReason,
  type HistoryAsked,
  type Negotiated,
  type Room,
  type Stream,
} from '@cablehub/cable';
import { isFor, type HeardDelivery } from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import type { Admit, Admitted } from './admissions.ts';
import type { Admission } from './authorize.ts';
import type { Beats } from './beats.ts';
import { Feed } from './feed.ts';
import type { LaneHistory, Listener } from './lanes.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import type { ResumeOutcome } from './outcomes.ts';
import type { Recoverer, Remembered } from './recoverer.ts';
import { replay, replayFirst } from './replay.ts';
import { newSession, step, type Effect, type Input, type Session, type SessionLimits } from './session.ts';
import { startOf, streamIdOf } from './stream.ts';

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
  /** A name for a connection that no other has. */
  readonly newSid: () => string;
  /** The bytes that say a place. */
  readonly tailOf: (offset: number) => Uint8Array;
  /** Remembers base clients; null: recovery is off. */
  readonly recoverer: Recoverer | null;
  /** How far all lanes have got. */
  readonly reached: () => number;
};

type Live = {
  readonly admission: Admission;
  readonly history: LaneHistory;
  readonly stream: Stream;
  readonly gate: Gate;
  readonly leave: () => void;
  readonly remembered: Remembered | null;
  /** The client asks for its history itself. */
  asks: boolean;
  /** Resolves when what was missed has been told, whoever asked. */
  telling: Promise<void>;
};
/** Between a subscription and its lanes. */
type Gate = { readonly feed: Feed; splice: Splice; isRevoked: boolean };
/** The bytes around a payload: of frames that have a place in a stream, and of those that have none. */
type Splice = { readonly bare: Uint8Array; readonly placed: Uint8Array | null };

export class Client {
  /** Names the connection in log lines. */
  readonly id: string;
  readonly #outbox: Outbox;
  readonly #services: ClientServices;
  readonly #live = new Map<string, Live>();
  readonly #gone = new AbortController();
  readonly #isExtended: boolean;
  /** How far all lanes had got when it came: it cannot have missed what was before. */
  readonly #since: number;
  #session: Session;

  constructor({ id, outbox, negotiated, services }: ClientOptions) {
    this.id = id;
    this.#outbox = outbox;
    this.#services = services;
    this.#isExtended = negotiated.isExtended;
    this.#since = services.reached();
    this.#session = newSession(negotiated, services.limits, services.now());
  }

  open(): void {
    this.#take({ kind: 'opened', sid: this.#services.newSid() });
  }

  /** Takes a frame; null for a binary one. */
  receive(text: string | null): void {
    this.#take({ kind: 'received', text });
  }

  /** Its turn to be pinged. */
  turn(): void {
    this.#take({ kind: 'turn', isSettled: this.isSettled });
  }

  /** Whether all that was stored on its lanes, as far as anybody knows, has been given to its outbox. */
  get isSettled(): boolean {
    for (const { gate, history } of this.#live.values()) if (!gate.feed.isSettled || !history.isSettled()) return false;
    return true;
  }

  /** The offset up to which it needs nothing; null: it remembers for itself. */
  get proven(): number | null {
    return this.#isExtended ? null : Math.max(this.#since, this.#outbox.proven);
  }

  /** Tells the client why, then closes. */
  disconnect(reason: DisconnectReason): void {
    if (!this.#gone.signal.aborted) this.#outbox.close(reason);
  }

  /** Sends the client away to come back to another gateway. A frame would make an extended client forget its session. */
  dismiss(): void {
    if (this.#gone.signal.aborted) return;
    if (this.#isExtended) this.#outbox.closeBare('server_restart');
    else this.#outbox.close('server_restart');
  }

  /** The socket is closed: everything of this client ends. */
  closed(): void {
    this.#gone.abort();
    for (const identifier of this.#live.keys()) this.#end(identifier)?.lost(this.#outbox.proven);
  }

  #take(input: Input): void {
    if (this.#gone.signal.aborted) return;
    const { session, effects } = step(this.#session, input, this.#services.now());
    this.#session = session;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        return this.#outbox.send(effect.frame);
      case 'admit':
        return void this.#admit(effect.identifier, effect.room);
      case 'subscribed':
        return this.#begin(effect.identifier);
      case 'replay':
        return void this.#replay(effect.identifier, effect.history);
      case 'unsubscribed':
        return this.#end(effect.identifier)?.left();
      case 'heartbeat':
        return this.#heartbeat(effect.identifier);
      case 'close':
        return this.#outbox.close(effect.reason);
      default:
        return this.#count(effect);
    }
  }

  #count(effect: Effect & { readonly kind: 'counted' | 'answered' | 'resumed' }): void {
    const { metrics } = this.#services;
    if (effect.kind === 'counted') metrics.commands.inc({ command: effect.command, outcome: effect.outcome });
    else metrics[effect.kind === 'answered' ? 'answers' : 'resumes'].inc({ outcome: effect.outcome });
  }

  async #admit(identifier: string, room: Room): Promise<void> {
    const { signal } = this.#gone;
    let gate: Gate | null = null;
    const listener = (admission: Admission): Listener => {
      const made = this.#gate(identifier, admission);
      gate = made;
      return this.#listener(identifier, admission, made);
    };
    // It rejects only when this client is gone, and then there is nobody to tell.
    const result = await this.#services.admit({ room, listener, signal }).catch(() => null);
    if (result === null) return;
    if (!result.ok) return this.#take({ kind: 'refused', identifier, reason: result.reason });
    if (gate !== null) this.#admitted(identifier, result, gate);
  }

  #admitted(identifier: string, { admission, history, leave }: Admitted & { readonly ok: true }, gate: Gate): void {
    if (this.#gone.signal.aborted || gate.isRevoked) {
      leave();
      return this.#take({ kind: 'refused', identifier, reason: 'revoked' });
    }
    const { accountId, lanes } = admission;
    const stream = { streamId: streamIdOf(accountId, lanes[0] ?? 'agents', identifier), epoch: history.epoch };
    if (this.#isExtended) gate.splice = { ...gate.splice, placed: streamPrefix(identifier, stream) };
    const remembered = this.#isExtended ? null : this.#remember(identifier, history);
    const telling = Promise.resolve();
    this.#live.set(identifier, { admission, history, stream, gate, leave, remembered, asks: false, telling });
    this.#take({ kind: 'admitted', identifier });
  }

  #gate(identifier: string, { member }: Admission): Gate {
    const user = member.kind === 'user' ? member.userId : null;
    const feed = new Feed({
      pass: (delivery) => {
        if (delivery.kind !== 'frame' || (user !== null && !isFor(delivery.audience, user))) return;
        this.#deliver(gate.splice, delivery);
      },
      overflow: () => this.disconnect('too_slow'),
    });
    const gate: Gate = { feed, splice: { bare: identifierPrefix(identifier), placed: null }, isRevoked: false };
    return gate;
  }

  #deliver({ bare, placed }: Splice, { payload, stored }: HeardDelivery & { readonly kind: 'frame' }): void {
    if (placed === null || stored === null) this.#outbox.deliver({ prefix: bare, payload });
    else this.#outbox.deliver({ prefix: placed, payload, tail: this.#services.tailOf(stored.offset) });
  }

  #listener(identifier: string, { tokenKey }: Admission, gate: Gate): Listener {
    return {
      hear: (delivery) => {
        if (delivery.kind !== 'revocation') return gate.feed.hear(delivery);
        if (delivery.tokenKey !== tokenKey) return;
        gate.isRevoked = true;
        if (gate.feed.isLive) this.#take({ kind: 'revoked', identifier });
      },
      lost: () => this.disconnect('gap'),
    };
  }

  async #replay(identifier: string, asked: HistoryAsked): Promise<void> {
    const live = this.#live.get(identifier);
    if (live === undefined) return this.#take({ kind: 'replayed', identifier, outcome: 'revoked' });
    const { feed } = live.gate;
    live.asks = true;
    await live.telling;
    // From now on, not from whenever the reading begins.
    feed.hold();
    // It rejects only when this client is gone, and then there is nobody to tell.
    const outcome = await this.#resume(live, asked).catch(() => null);
    if (outcome === null) return;
    this.#take({ kind: 'replayed', identifier, outcome });
    feed.release();
  }

  #remember(identifier: string, history: LaneHistory): Remembered | null {
    const at = { epoch: history.epoch, offset: history.position() };
    return this.#services.recoverer?.remember(identifier, at) ?? null;
  }

  /** Tells a client that cannot ask what it missed, before anything newer. */
  async #recover(live: Live): Promise<void> {
    const { metrics } = this.#services;
    const { feed } = live.gate;
    const starts = (await live.remembered?.missedAfter) ?? [];
    if (live.asks || this.#gone.signal.aborted) return;
    const target = { feed, history: live.history, outbox: this.#outbox, metrics, signal: this.#gone.signal };
    const expired = (offset: number): void => live.remembered?.expired(offset);
    const outcome = await replayFirst(target, starts, expired).catch(() => null);
    if (outcome === null) return;
    metrics.recoveries.inc({ outcome });
    feed.release();
  }

  async #resume({ history, stream, gate }: Live, asked: HistoryAsked): Promise<ResumeOutcome> {
    const wanted = startOf(asked, stream);
    if (!wanted.ok) return wanted.reason;
    if (wanted.start === null) return 'confirmed';
    const { metrics } = this.#services;
    return replay({ feed: gate.feed, history, outbox: this.#outbox, metrics, signal: this.#gone.signal }, wanted.start);
  }

  #begin(identifier: string): void {
    const live = this.#live.get(identifier);
    if (live === undefined) return;
    live.gate.feed.begin(live.history.position());
    if (live.remembered !== null) {
      live.gate.feed.hold();
      live.telling = this.#recover(live);
    }
    const { accountId, member } = live.admission;
    this.#services.metrics.subscriptions.inc({ kind: member.kind });
    this.#services.beats.joined(accountId, member);
    this.#services.logger.debug({ connection: this.id, account: accountId, member }, 'subscribed');
  }

  /** Ends a subscription. Gives what is remembered of it. */
  #end(identifier: string): Remembered | null {
    const live = this.#live.get(identifier);
    if (live === undefined) return null;
    this.#live.delete(identifier);
    live.gate.feed.end();
    live.leave();
    const { accountId, member } = live.admission;
    this.#services.metrics.subscriptions.dec({ kind: member.kind });
    this.#services.beats.left(accountId, member);
    this.#services.logger.debug({ connection: this.id, account: accountId, member }, 'unsubscribed');
    return live.remembered;
  }

  #heartbeat(identifier: string): void {
    const admission = this.#live.get(identifier)?.admission;
    if (admission !== undefined) this.#services.beats.heartbeat(admission.accountId, admission.member);
  }
}
