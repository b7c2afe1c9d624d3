/**
 * How a subscription is let in: token looked up, lanes opened, token looked up again.
 *
 * The second look closes a race: a token revoked before the lanes were live would never be heard to be revoked. Another is closed by
 * patience: a token can be shown before the projector has written it, by a customer whom the api has just told theirs, and stock
 * clients never ask again once they are refused. While NATS is away an admission is neither granted nor refused; it is tried again
 * until NATS answers or nobody wants it any more.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Room } from '@cablehub/cable';
import type { NatsLink, Tokens } from '@cablehub/log';
import type { Logger } from '@cablehub/process';
import { authorize, type Admission, type Authorized } from './authorize.ts';
import type { Joined, Lanes, Listener } from './lanes.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Refusal } from './outcomes.ts';

export type Admitted =
  /** Whoever gets this must stop the listening some day. */
  | { readonly ok: true; readonly admission: Admission; readonly joined: Joined }
  | { readonly ok: false; readonly reason: Refusal };

export type Asked = {
  readonly room: Room;
  /** Makes the listener for the lanes; it may be called for each try, and the last one made is the one that listens. */
  readonly listener: (admission: Admission) => Listener;
  /** Looks for a token that nobody knows again, for three seconds, before it is refused. */
  readonly isPatient: boolean;
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal;
};

/** Answers when it is known; rejects only after the signal. */
export type Admit = (asked: Asked) => Promise<Admitted>;

export type AdmissionsOptions = {
  readonly tokens: Tokens;
  readonly lanes: Lanes;
  readonly link: Pick<NatsLink, 'isUp' | 'onChange'>;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
};

const RETRY_MS = 100;
const RETRY_MAX_MS = 2_000;
/**
 * Behind the first look at a token that nobody knows, in ms: 3.1 s in all, as AnyCable's client asks again after five and gives
 * up after ten.
 */
const UNKNOWN_AGAIN_MS = [100, 200, 400, 800, 1_600];

export const createAdmissions = ({ tokens, lanes, link, logger, metrics }: AdmissionsOptions): Admit => {
  const firstLook = async ({ room, isPatient, signal }: Asked): Promise<Authorized> => {
    for (const againMs of isPatient ? UNKNOWN_AGAIN_MS : []) {
      const authorized = await authorize(tokens, room);
      if (authorized.ok || authorized.reason !== 'unknown_token') return authorized;
      await delay(againMs, undefined, { signal });
    }
    return authorize(tokens, room);
  };

  const attempt = async (asked: Asked): Promise<Admitted> => {
    const { room, listener } = asked;
    const first = await firstLook(asked);
    if (!first.ok) return first;
    const { accountId, lanes: wanted } = first.admission;
    const joined = await lanes.join(accountId, wanted, listener(first.admission));
    const again = await authorize(tokens, room).catch((error: unknown) => {
      joined.stop();
      throw error;
    });
    if (again.ok && isSame(first.admission, again.admission)) return { ok: true, admission: first.admission, joined };
    joined.stop();
    return { ok: false, reason: 'revoked' };
  };

  return async (asked) => {
    for (let tries = 0; ; tries++) {
      await untilUp(link, asked.signal);
      try {
        return await attempt(asked);
      } catch (error) {
        asked.signal.throwIfAborted();
        metrics.admissionFaults.inc();
        logger.warn({ err: error }, 'a subscription could not be admitted yet; trying again');
        await delay(Math.min(RETRY_MS * 2 ** tries, RETRY_MAX_MS), undefined, { signal: asked.signal });
      }
    }
  };
};

const isSame = (one: Admission, other: Admission): boolean =>
  one.accountId === other.accountId && String(one.lanes) === String(other.lanes);

const untilUp = async (link: Pick<NatsLink, 'isUp' | 'onChange'>, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  if (link.isUp()) return;
  await new Promise<void>((resolve, reject) => {
    const end = (): void => {
      unwatch();
      signal.removeEventListener('abort', aborted);
    };
    const unwatch = link.onChange((isUp) => {
      if (!isUp) return;
      end();
      resolve();
    });
    const aborted = (): void => {
      end();
      reject(new Error('nobody waits any more', { cause: signal.reason }));
    };
    signal.addEventListener('abort', aborted);
  });
};
