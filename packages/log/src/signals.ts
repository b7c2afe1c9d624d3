/**
 * Signals: what matters now and is never stored. Typing, beats, questions about presence and how far replays are, on core NATS.
 *
 * A signal that does not read as one is dropped: only a newer or a foreign process can have sent it.
 */
import {
  accountId,
  contactId,
  contactInboxId,
  conversationId,
  userId,
  type AccountId,
  type ContactId,
  type UserId,
} from '@cablehub/events';
import { ErrorCode, JSONCodec, NatsError, type Msg } from 'nats';
import { z } from 'zod';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { accountOf, subjects } from './names.ts';
import { sendingTogether } from './together.ts';

/** Somebody types, or stops. */
export const typing = z.object({
  accountId,
  conversationId,
  status: z.enum(['on', 'off']),
  typist: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('user'), userId }),
    z.object({ kind: z.literal('contact'), contactInboxId }),
  ]),
  /** Typing a private note: never told to the customer. */
  isPrivate: z.boolean(),
});
export type Typing = z.infer<typeof typing>;

/** Somebody who can be present: a user of the account, or a contact by one of their sessions. */
export const member = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('user'), userId }),
  z.object({ kind: z.literal('contact'), contactId, contactInboxId }),
]);
export type Member = z.infer<typeof member>;

const sockets = z.int().nonnegative();

/** What a gateway says about its own sockets in one account. */
export const beat = z.discriminatedUnion('kind', [
  /** A member's sockets here became more or fewer. `subscribed`: one just subscribed and waits for a snapshot. */
  z.object({ kind: z.literal('changed'), gateway: z.string(), member, sockets, subscribed: z.boolean() }),
  /** A client sent its heartbeat (`update_presence`) and waits for a snapshot. */
  z.object({ kind: z.literal('heartbeat'), gateway: z.string(), member, sockets }),
  /**
   * Everybody here, or everybody of one part of the members: too many for one message are told in parts, each by itself. Who
   * belongs to the part and is not listed has no socket at this gateway.
   */
  z.object({
    kind: z.literal('digest'),
    gateway: z.string(),
    members: z.array(z.object({ member, sockets })),
    part: z.object({ index: z.int().nonnegative(), of: z.int().positive() }).optional(),
  }),
]);
export type Beat = z.infer<typeof beat>;

/** Which of so many parts a member belongs to; numbers that follow one another are spread over all of them. */
export const partOf = (member: Member, of: number): number => {
  const id = member.kind === 'user' ? member.userId : member.contactId;
  return (Math.imul(id, 0x9e37_79b1) >>> 0) % of;
};

/** Who is present in an account, as `presence.update` tells it to agents. */
export const presence = z.object({
  users: z.record(z.string(), z.enum(['online', 'busy', 'offline'])),
  contacts: z.record(z.string(), z.literal('online')),
});
export type Presence = {
  readonly users: Readonly<Record<UserId, 'online' | 'busy' | 'offline'>>;
  readonly contacts: Readonly<Record<ContactId, 'online'>>;
};

const place = z.int().nonnegative();

/** How far somebody is who folds the log into views again. */
export const replaySignal = z.object({
  /** Which replay: several may be under way. */
  id: z.uuid(),
  /** `hub replay`, `hub verify`, or a projector whose views are of another version. */
  by: z.enum(['replay', 'verify', 'projector']),
  /** Whose accounts: `0-63`. */
  partitions: z.string().max(8),
  /** `stopped`: it ended before it had come to the end. */
  state: z.enum(['running', 'finished', 'stopped']),
  /** The positions it began after, has come to, and goes to. */
  from: place,
  position: place,
  upTo: place,
  elapsedMs: place,
});
export type ReplaySignal = z.infer<typeof replaySignal>;

export type Stop = { stop: () => void };

export interface Signals {
  sendTyping(signal: Typing): void;
  hearTyping(listener: (signal: Typing) => void): Promise<Stop>;
  sendBeat(account: AccountId, signal: Beat): void;
  hearBeats(listener: (account: AccountId, signal: Beat) => void): Promise<Stop>;
  /** Asks presence. Faults: `nats_unavailable` when nobody answers. */
  askPresence(account: AccountId): Promise<z.infer<typeof presence>>;
  /** Answers what `askPresence` asks; null: another replica answers. */
  answerPresence(answer: (account: AccountId) => Presence | null): Promise<Stop>;
  sendReplay(signal: ReplaySignal): void;
  hearReplays(listener: (signal: ReplaySignal) => void): Promise<Stop>;
}

const ASK_TIMEOUT_MS = 2_000;

export const natsSignals = ({ connection }: NatsLink): Signals => {
  const codec = JSONCodec<unknown>();

  const hear = async <T>(subject: string, schema: z.ZodType<T>, listener: (subject: string, signal: T) => void) => {
    const subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        const signal = error === null ? read(schema, message) : null;
        if (signal !== null) listener(message.subject, signal);
      },
    });
    await connection.flush();
    return { stop: () => subscription.unsubscribe() };
  };

  const read = <T>(schema: z.ZodType<T>, message: Msg): T | null => {
    try {
      return schema.safeParse(codec.decode(message.data)).data ?? null;
    } catch {
      return null; // not JSON
    }
  };

  const sendSoon = sendingTogether(connection);

  return {
    sendTyping: (signal) => connection.publish(subjects.typing(signal.accountId), codec.encode(signal)),
    hearTyping: (listener) =>
      hear(subjects.allTyping, typing, (subject, signal) => {
        if (accountOf(subject) === signal.accountId) listener(signal);
      }),
    sendBeat: (account, signal) => sendSoon(subjects.beats(account), codec.encode(signal)),
    hearBeats: (listener) => hear(subjects.allBeats, beat, (subject, signal) => listener(accountOf(subject), signal)),
    sendReplay: (signal) => connection.publish(subjects.replays, codec.encode(signal)),
    hearReplays: (listener) => hear(subjects.replays, replaySignal, (_subject, signal) => listener(signal)),

    askPresence: async (account) => {
      try {
        const reply = await connection.request(subjects.presence(account), undefined, { timeout: ASK_TIMEOUT_MS });
        return presence.parse(codec.decode(reply.data));
      } catch (cause) {
        if (cause instanceof NatsError && [ErrorCode.NoResponders, ErrorCode.Timeout].includes(cause.code as ErrorCode))
          throw new LogFault('nats_unavailable', 'no presence app answers', { cause });
        throw cause;
      }
    },
    answerPresence: async (answer) => {
      const subscription = connection.subscribe(subjects.allPresenceRequests, {
        callback: (_error, message) => {
          const present = answer(accountOf(message.subject));
          if (present !== null) message.respond(codec.encode(present));
        },
      });
      await connection.flush();
      return { stop: () => subscription.unsubscribe() };
    },
  };
};
