/** One client: carries out what its session decides, and knows nothing of sockets or NATS. */
import type { DisconnectReason, HistoryAsked, Negotiated, Stream } from '@cablehub/cable';
import type { Logger } from '@cablehub/process';
import type { Admit, Admitted } from './admissions.ts';
import type { Admission } from './authorize.ts';
import type { Beats } from './beats.ts';
import type { LaneHistory } from './lanes.ts';
import type { MessageOf } from './messages.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import type { ResumeOutcome } from './outcomes.ts';
import type { Recoverer, Remembered } from './recoverer.ts';
import { replay, replayFirst } from './replay.ts';
import { newSession, signAt, step, type Effect, type Input, type Session, type SessionLimits } from './session.ts';
import { startOf, streamIdOf } from './stream.ts';
import { NOT_TOLD, Subscription, type Live, type Subscriber } from './subscription.ts';

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
  readonly messageOf: MessageOf;
  /** Remembers base clients; null: recovery is off. */
  readonly recoverer: Recoverer | null;
  /** How far all lanes have got. */
  readonly reached: () => number;
};

export class Client implements Subscriber {
  /** Names the connection in log lines. */
  readonly id: string;
  readonly outbox: Outbox;
  readonly #services: ClientServices;
  /** Those that were let in. */
  #subscriptions: readonly Subscription[] = [];
  #isGone = false;
  /** Ends what takes time; null: nothing does. */
  #ending: AbortController | null = null;
  #working = 0;
  readonly #isExtended: boolean;
  /** How far all lanes had got when it came: it cannot have missed what was before. */
  readonly #since: number;
  #session: Session;

  constructor({ id, outbox, negotiated, services }: ClientOptions) {
    this.id = id;
    this.outbox = outbox;
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

  /** Its turn to be pinged. Gives the sign of life that it gets; null: none any more. */
  signAt(ping: string): string | null {
    const isSettled = !this.#isExtended || this.isSettled;
    const sign = signAt(this.#session, { ping, isSettled }, this.#services.now());
    if (sign === null) this.outbox.close('idle_timeout');
    return sign;
  }

  /** Whether all that was stored on its lanes, as far as anybody knows, has been given to its outbox. */
  get isSettled(): boolean {
    return this.#subscriptions.every(({ feed, live }) => feed.isSettled && live?.joined.history.isSettled());
  }

  get messageOf(): MessageOf {
    return this.#services.messageOf;
  }

  /** The offset up to which it needs nothing; null: it remembers for itself. */
  get proven(): number | null {
    return this.#isExtended ? null : Math.max(this.#since, this.outbox.proven);
  }

  /** Tells the client why, then closes. */
  disconnect(reason: DisconnectReason): void {
    if (!this.#isGone) this.outbox.close(reason);
  }

  /** Sends the client away to come back to another gateway. A frame would make an extended client forget its session. */
  dismiss(): void {
    if (this.#isGone) return;
    if (this.#isExtended) this.outbox.closeBare('server_restart');
    else this.outbox.close('server_restart');
  }

  revoked(identifier: string): void {
    this.#take({ kind: 'revoked', identifier });
  }

  /** The socket is closed: everything of this client ends. */
  closed(): void {
    this.#isGone = true;
    this.#ending?.abort();
    for (const subscription of this.#subscriptions)
      this.#end(subscription.identifier)?.lost(this.#owes(subscription) ? 0 : this.outbox.proven);
  }

  /** It has answered a probe. */
  proved(): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.owedUntil === 0 || this.#owes(subscription)) continue;
      subscription.owedUntil = 0;
      subscription.live?.remembered?.settled(this.outbox.proven);
    }
  }

  /** Whether it may not have what it was told because it missed it. */
  #owes({ owedUntil }: Subscription): boolean {
    return owedUntil > this.outbox.probesAnswered;
  }

  #take(input: Input): void {
    if (this.#isGone) return;
    const { session, effects } = step(this.#session, input, this.#services.now());
    this.#session = session;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        return this.outbox.send(effect.frame);
      case 'admit':
        return void this.#admit(effect);
      case 'subscribed':
        return this.#begin(effect.identifier);
      case 'replay':
        return void this.#replay(effect.identifier, effect.history);
      case 'unsubscribed':
        return this.#end(effect.identifier)?.left();
      case 'heartbeat':
        return this.#heartbeat(effect.identifier);
      case 'close':
        return this.outbox.close(effect.reason);
      default:
        return this.#count(effect);
    }
  }

  #count(effect: Effect & { readonly kind: 'counted' | 'answered' | 'resumed' }): void {
    const { metrics } = this.#services;
    if (effect.kind === 'counted') metrics.commands.inc({ command: effect.command, outcome: effect.outcome });
    else metrics[effect.kind === 'answered' ? 'answers' : 'resumes'].inc({ outcome: effect.outcome });
  }

  /** Does what takes time; null: this client is gone, and there is nobody to tell. */
  async #patiently<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result | null> {
    const { signal } = (this.#ending ??= new AbortController());
    this.#working += 1;
    try {
      return await work(signal);
    } catch (error) {
      if (this.#isGone) return null;
      throw error;
    } finally {
      this.#working -= 1;
      if (this.#working === 0) this.#ending = null;
    }
  }

  async #admit({ identifier, room, isPatient }: Effect & { readonly kind: 'admit' }): Promise<void> {
    let made: Subscription | null = null;
    const listener = (admission: Admission) => (made = new Subscription(identifier, admission, this));
    const result = await this.#patiently((signal) => this.#services.admit({ room, listener, isPatient, signal }));
    if (result === null) return;
    if (!result.ok) return this.#take({ kind: 'refused', identifier, reason: result.reason });
    if (made !== null) this.#admitted(made, result);
  }

  #admitted(subscription: Subscription, { joined }: Admitted & { readonly ok: true }): void {
    const { identifier } = subscription;
    if (this.#isGone || subscription.isRevoked) {
      joined.stop();
      return this.#take({ kind: 'refused', identifier, reason: 'revoked' });
    }
    const { history } = joined;
    if (this.#isExtended) subscription.tellPlaces(streamOf(subscription, history));
    subscription.live = { joined, remembered: this.#isExtended ? null : this.#remember(identifier, history) };
    this.#subscriptions = this.#subscriptions.concat(subscription);
    this.#take({ kind: 'admitted', identifier });
  }

  async #replay(identifier: string, asked: HistoryAsked): Promise<void> {
    const subscription = this.#find(identifier);
    if (subscription?.live == null) return this.#take({ kind: 'replayed', identifier, outcome: 'revoked' });
    const { feed } = subscription;
    const { history } = subscription.live.joined;
    subscription.asks = true;
    await subscription.telling;
    // From now on, not from whenever the reading begins.
    feed.hold();
    const outcome = await this.#patiently((signal) => this.#resume({ subscription, history, signal }, asked));
    if (outcome === null) return;
    this.#take({ kind: 'replayed', identifier, outcome });
    this.#told(subscription);
  }

  #remember(identifier: string, history: LaneHistory): Remembered | null {
    const at = { epoch: history.epoch, offset: history.position() };
    return this.#services.recoverer?.remember(identifier, at) ?? null;
  }

  /** Tells a client that cannot ask what it missed, before anything newer. */
  async #recover(subscription: Subscription, { joined: { history }, remembered }: Live): Promise<void> {
    const { metrics } = this.#services;
    const { feed } = subscription;
    const starts = (await remembered?.missedAfter()) ?? [];
    if (starts.length === 0) subscription.owedUntil = 0;
    if (subscription.asks || this.#isGone) return;
    const expired = (offset: number): void => remembered?.expired(offset);
    const outcome = await this.#patiently((signal) =>
      replayFirst({ feed, history, outbox: this.outbox, metrics, signal }, starts, expired),
    );
    if (outcome === null) return;
    metrics.recoveries.inc({ outcome });
    this.#told(subscription);
  }

  /** What was missed is told: what waited for that goes out behind it. */
  #told(subscription: Subscription): void {
    if (subscription.owedUntil > 0) subscription.owedUntil = this.outbox.probesSent + 1;
    subscription.feed.release();
  }

  async #resume({ subscription, history, signal }: Resuming, asked: HistoryAsked): Promise<ResumeOutcome> {
    const wanted = startOf(asked, streamOf(subscription, history));
    if (!wanted.ok) return wanted.reason;
    if (wanted.start === null) return 'confirmed';
    const { metrics } = this.#services;
    return replay({ feed: subscription.feed, history, outbox: this.outbox, metrics, signal }, wanted.start);
  }

  #find(identifier: string): Subscription | undefined {
    return this.#subscriptions.find((one) => one.identifier === identifier);
  }

  #begin(identifier: string): void {
    const subscription = this.#find(identifier);
    if (subscription?.live == null) return;
    const { feed, live, admission } = subscription;
    feed.begin(live.joined.history.position());
    if (live.remembered !== null) {
      feed.hold();
      subscription.owedUntil = NOT_TOLD;
      subscription.telling = this.#recover(subscription, live).finally(() => (subscription.telling = null));
    }
    const { accountId, member } = admission;
    this.#services.metrics.subscriptions.inc({ kind: member.kind });
    this.#services.beats.joined(accountId, member);
    this.#services.logger.debug({ connection: this.id, account: accountId, member }, 'subscribed');
  }

  /** Ends a subscription. Gives what is remembered of it. */
  #end(identifier: string): Remembered | null {
    const subscription = this.#find(identifier);
    if (subscription?.live == null) return null;
    this.#subscriptions = this.#subscriptions.filter((one) => one !== subscription);
    subscription.feed.end();
    subscription.live.joined.stop();
    const { accountId, member } = subscription.admission;
    this.#services.metrics.subscriptions.dec({ kind: member.kind });
    this.#services.beats.left(accountId, member);
    this.#services.logger.debug({ connection: this.id, account: accountId, member }, 'unsubscribed');
    return subscription.live.remembered;
  }

  #heartbeat(identifier: string): void {
    const admission = this.#find(identifier)?.admission;
    if (admission !== undefined) this.#services.beats.heartbeat(admission.accountId, admission.member);
  }
}

type Resuming = { readonly subscription: Subscription; readonly history: LaneHistory; readonly signal: AbortSignal };

const streamOf = ({ identifier, admission }: Subscription, { epoch }: LaneHistory): Stream => ({
  streamId: streamIdOf(admission.accountId, admission.lanes[0] ?? 'agents', identifier),
  epoch,
});
