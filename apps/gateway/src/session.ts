/**
 * What one connection means: its subscriptions, its commands in arrival order, what it is pinged with (pure).
 *
 * `(session, input, now) -> (session, effects)`; whoever holds the socket carries the effects out, in order. Admitting a
 * subscription takes time (a look at the token, lanes to open), and so does telling it what it missed: until that is
 * done, later commands wait in the queue, so an unsubscribe never overtakes the subscribe before it. A client that repeats
 * a subscribe meanwhile gets one answer.
 */
import {
  confirm,
  decodeCommand,
  decodeIdentifier,
  confirmHistory,
  pong,
  reject,
  rejectHistory,
  welcome,
  welcomeSession,
  type Command,
  type DisconnectReason,
  type HistoryAsked,
  type Negotiated,
  type Room,
} from '@cablehub/cable';
import type { CommandOutcome, Refusal, ResumeOutcome } from './outcomes.ts';
import { fullBucket, take, type Bucket, type RateLimits } from './rate.ts';

export type SessionLimits = {
  readonly commands: RateLimits;
  /** Subscriptions at one time. */
  readonly subscriptions: number;
  /** Commands that may wait behind one that takes time. */
  readonly queued: number;
  /** How long a connection may be without any subscription. */
  readonly idleMs: number;
  /** The least time between two heartbeats of one subscription. */
  readonly heartbeatMs: number;
};

export type Session = {
  readonly negotiated: Negotiated;
  readonly limits: SessionLimits;
  /** Confirmed ones. A list: most connections have one, and a map for each costs more than looking. */
  readonly subscriptions: readonly Subscribed[];
  /** The subscription being admitted, and what it asked to be told that it missed; null: none. */
  readonly admitting: Admitting | null;
  /** Until a token was shown that nobody knew: what waits behind an admission waits for its patience, too. */
  readonly isPatient: boolean;
  /** The identifier of the subscription being told what it missed; null: none. */
  readonly replaying: string | null;
  readonly queue: readonly Queued[];
  readonly bucket: Bucket;
  /** Since when there has been no subscription, in ms. */
  readonly idleSince: number;
};

type Subscribed = { readonly identifier: string; readonly heartbeatAt: number };
type Admitting = { readonly identifier: string; readonly history: HistoryAsked | null };

export type Input =
  /** `sid` names the connection to clients of the extended protocol. */
  | { readonly kind: 'opened'; readonly sid: string }
  /** A frame came; `text` is null for a binary one. */
  | { readonly kind: 'received'; readonly text: string | null }
  | { readonly kind: 'admitted'; readonly identifier: string }
  | { readonly kind: 'refused'; readonly identifier: string; readonly reason: Refusal }
  /** All that was missed is told, or none of it. */
  | { readonly kind: 'replayed'; readonly identifier: string; readonly outcome: ResumeOutcome }
  | { readonly kind: 'revoked'; readonly identifier: string };

export type Effect =
  | { readonly kind: 'send'; readonly frame: string }
  /**
   * Find out whether the room is open to its token, and open its lanes; answer with `admitted` or `refused`. `isPatient`: the token may
   * have been shown before it was written.
   */
  | { readonly kind: 'admit'; readonly identifier: string; readonly room: Room; readonly isPatient: boolean }
  /** From here on the subscription gets what its lanes bring. */
  | { readonly kind: 'subscribed'; readonly identifier: string }
  /** Tell the subscription what it missed, and hold what its lanes bring until then; answer with `replayed`. */
  | { readonly kind: 'replay'; readonly identifier: string; readonly history: HistoryAsked }
  | { readonly kind: 'unsubscribed'; readonly identifier: string }
  | { readonly kind: 'heartbeat'; readonly identifier: string }
  | { readonly kind: 'close'; readonly reason: DisconnectReason }
  | { readonly kind: 'counted'; readonly command: Command['command'] | 'none'; readonly outcome: CommandOutcome }
  | { readonly kind: 'answered'; readonly outcome: 'confirmed' | 'confirmed_again' | Refusal }
  | { readonly kind: 'resumed'; readonly outcome: ResumeOutcome };

/** A command that keeps its place behind those before it. */
export type Queued = Exclude<Command, { readonly command: 'ping' } | { readonly command: 'pong' }>;

export type Step = { readonly session: Session; readonly effects: readonly Effect[] };

/** A connection that has just been made. */
export const newSession = (negotiated: Negotiated, limits: SessionLimits, now: number): Session => ({
  negotiated,
  limits,
  subscriptions: [],
  admitting: null,
  isPatient: true,
  replaying: null,
  queue: NOTHING_QUEUED,
  bucket: fullBucket(limits.commands, now),
  idleSince: now,
});

const NOTHING_QUEUED: readonly Queued[] = [];

/** Takes one input. `now` is Unix time in ms. */
export const step = (session: Session, input: Input, now: number): Step => {
  switch (input.kind) {
    case 'opened':
      return opened(session, input.sid);
    case 'received':
      return session.negotiated.isServed ? received(session, input.text, now) : only(session);
    case 'admitted':
      return admitted(session, input.identifier, now);
    case 'refused':
      return refused(session, input, now);
    case 'replayed':
      return replayed(session, input, now);
    case 'revoked':
      return revoked(session, input.identifier, now);
  }
};

const opened = (session: Session, sid: string): Step => {
  if (!session.negotiated.isServed) return only(session, close('unsupported_protocol'));
  return only(session, send(session.negotiated.isExtended ? welcomeSession(sid) : welcome));
};

const received = (session: Session, text: string | null, now: number): Step => {
  const { bucket, outcome } = take(session.bucket, session.limits.commands, now);
  const charged = { ...session, bucket };
  if (outcome !== 'taken') {
    const ignored = counted('none', 'rate_limited');
    return outcome === 'refused' ? only(charged, ignored) : only(charged, ignored, close('too_many_commands'));
  }
  if (text === null) return only(charged, counted('none', 'binary'));
  const decoded = decodeCommand(text);
  if (!decoded.ok) return only(charged, counted('none', decoded.reason));
  return enqueued(charged, decoded.command, now);
};

const enqueued = (session: Session, command: Command, now: number): Step => {
  if (command.command === 'ping' || command.command === 'pong') return signOfLife(session, command.command);
  if (command.command === 'subscribe' && isPending(session, command.identifier))
    return only(session, counted('subscribe', 'coalesced'));
  if (session.queue.length >= session.limits.queued) return only(session, counted(command.command, 'queue_full'));
  return drained({ ...session, queue: [...session.queue, command] }, now);
};

/** It is not worth a place in the queue. A client of the base protocol would not know the answer. */
const signOfLife = (session: Session, command: 'ping' | 'pong'): Step => {
  if (command === 'pong') return only(session, counted('pong', 'accepted'));
  if (!session.negotiated.isExtended) return only(session, counted('ping', 'unsupported_command'));
  return only(session, counted('ping', 'accepted'), send(pong));
};

/** Whether the last thing said about this identifier, and not yet answered, is a subscribe. */
const isPending = ({ queue, admitting }: Session, identifier: string): boolean => {
  const last = queue.findLast(
    (waiting) =>
      (waiting.command === 'subscribe' || waiting.command === 'unsubscribe') && waiting.identifier === identifier,
  );
  return last === undefined ? admitting?.identifier === identifier : last.command === 'subscribe';
};

/** Runs what waits until something takes time. */
const drained = (session: Session, now: number, before: readonly Effect[] = []): Step => {
  const effects = [...before];
  let current = session;
  while (current.admitting === null && current.replaying === null) {
    const [command, ...queue] = current.queue;
    if (command === undefined) break;
    const result = run({ ...current, queue: queue.length === 0 ? NOTHING_QUEUED : queue }, command, now);
    current = result.session;
    effects.push(...result.effects);
  }
  return { session: current, effects };
};

const run = (session: Session, command: Queued, now: number): Step => {
  switch (command.command) {
    case 'subscribe':
      return subscribe(session, command);
    case 'history':
      return askForHistory(session, command);
    case 'unsubscribe':
      if (!isSubscribed(session, command.identifier))
        return only(session, counted('unsubscribe', 'unknown_subscription'));
      return only(
        without(session, command.identifier, now),
        counted('unsubscribe', 'accepted'),
        unsubscribed(command.identifier),
      );
    case 'message':
      return perform(session, command, now);
  }
};

const subscribe = (session: Session, { identifier, history }: Admitting): Step => {
  if (isSubscribed(session, identifier)) {
    const repeated = counted('subscribe', 'already_subscribed');
    if (!session.negotiated.reconfirms) return only(session, repeated);
    return only(session, repeated, send(confirm(identifier)), answered('confirmed_again'));
  }
  const accepted = counted('subscribe', 'accepted');
  const decoded = decodeIdentifier(identifier);
  if (!decoded.ok) return only(session, accepted, ...refusal(identifier, decoded.reason));
  if (session.subscriptions.length >= session.limits.subscriptions)
    return only(session, accepted, ...refusal(identifier, 'too_many_subscriptions'));
  return only({ ...session, admitting: { identifier, history } }, accepted, {
    kind: 'admit',
    identifier,
    room: decoded.room,
    isPatient: session.isPatient,
  });
};

const askForHistory = (session: Session, { identifier, history }: Queued & { readonly command: 'history' }): Step => {
  if (!isSubscribed(session, identifier)) return only(session, counted('history', 'unknown_subscription'));
  return only({ ...session, replaying: identifier }, counted('history', 'accepted'), {
    kind: 'replay',
    identifier,
    history,
  });
};

const perform = (session: Session, command: Command & { readonly command: 'message' }, now: number): Step => {
  const { identifier, action } = command;
  const subscribed = session.subscriptions.find((one) => one.identifier === identifier);
  if (subscribed === undefined) return only(session, counted('message', 'unknown_subscription'));
  if (action !== 'update_presence') return only(session, counted('message', 'unknown_action'));
  if (now - subscribed.heartbeatAt < session.limits.heartbeatMs) return only(session, counted('message', 'too_soon'));
  const subscriptions = session.subscriptions.map((one) =>
    one === subscribed ? { identifier, heartbeatAt: now } : one,
  );
  return only({ ...session, subscriptions }, counted('message', 'accepted'), { kind: 'heartbeat', identifier });
};

const admitted = (session: Session, identifier: string, now: number): Step => {
  const subscriptions = session.subscriptions.concat({ identifier, heartbeatAt: NEVER });
  const history = session.admitting?.history ?? null;
  const effects: Effect[] = [send(confirm(identifier)), { kind: 'subscribed', identifier }, answered('confirmed')];
  const current: Session = { ...session, subscriptions, admitting: null };
  if (history === null) return drained(current, now, effects);
  return only({ ...current, replaying: identifier }, ...effects, { kind: 'replay', identifier, history });
};

const replayed = (session: Session, { identifier, outcome }: Input & { kind: 'replayed' }, now: number): Step => {
  const answer = outcome === 'confirmed' ? confirmHistory(identifier) : rejectHistory(identifier);
  const isHeard = isSubscribed(session, identifier);
  return drained({ ...session, replaying: null }, now, [
    ...(isHeard ? [send(answer)] : []),
    { kind: 'resumed', outcome: isHeard ? outcome : 'revoked' },
  ]);
};

const refused = (session: Session, { identifier, reason }: Input & { kind: 'refused' }, now: number): Step => {
  const isPatient = session.isPatient && reason !== 'unknown_token';
  return drained({ ...session, admitting: null, isPatient }, now, refusal(identifier, reason));
};

/**
 * A reject after the confirm: Rails' client takes it as the end of the subscription (`rejected`, and no attempt again);
 * `@anycable/core` ignores it, and hears nothing any more.
 */
const revoked = (session: Session, identifier: string, now: number): Step =>
  isSubscribed(session, identifier)
    ? only(without(session, identifier, now), unsubscribed(identifier), ...refusal(identifier, 'revoked'))
    : only(session);

/** When it is this connection's turn to be pinged. `isSettled`: all that its lanes brought was told, and nothing is missing. */
export type Turn = { readonly ping: string; readonly isSettled: boolean };

/** The sign of life that it is given, which is not always the ping; null: it is to be closed. `now` is Unix time in ms. */
export const signAt = (session: Session, { ping, isSettled }: Turn, now: number): string | null => {
  const isIdle = session.subscriptions.length === 0 && session.admitting === null;
  if (isIdle && now - session.idleSince >= session.limits.idleMs) return null;
  return session.negotiated.isExtended && !(isSettled && isWhole(session)) ? pong : ping;
};

/**
 * Whether a client has been told all it asked for. One of the extended protocol takes the time of a ping for that, and asks
 * for its history from there; a pong is a sign of life, too, and says no more.
 */
const isWhole = ({ subscriptions, admitting, replaying }: Session): boolean =>
  subscriptions.length > 0 && admitting === null && replaying === null;

const NEVER = -Infinity;

const isSubscribed = ({ subscriptions }: Session, identifier: string): boolean =>
  subscriptions.some((one) => one.identifier === identifier);

const without = (session: Session, identifier: string, now: number): Session => {
  const subscriptions = session.subscriptions.filter((one) => one.identifier !== identifier);
  return { ...session, subscriptions, idleSince: subscriptions.length === 0 ? now : session.idleSince };
};

const only = (session: Session, ...effects: readonly Effect[]): Step => ({ session, effects });
const send = (frame: string): Effect => ({ kind: 'send', frame });
const close = (reason: DisconnectReason): Effect => ({ kind: 'close', reason });
const unsubscribed = (identifier: string): Effect => ({ kind: 'unsubscribed', identifier });
const counted = (command: Command['command'] | 'none', outcome: CommandOutcome): Effect => ({
  kind: 'counted',
  command,
  outcome,
});
const answered = (outcome: 'confirmed' | 'confirmed_again' | Refusal): Effect => ({ kind: 'answered', outcome });
const refusal = (identifier: string, reason: Refusal): readonly Effect[] => [
  send(reject(identifier)),
  answered(reason),
];
