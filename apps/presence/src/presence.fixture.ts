/** Presence with a clock in the hand, for specifications. */
import { positionOf, type AccountId } from '@cablehub/events';
import type { Beat, EphemeralDelivery, LogEntry } from '@cablehub/log';
import { createPresence } from './presence.ts';
import type { StatusChange } from './recorder.ts';
import { timingOf } from './settings.ts';

export const accountId = 1 as AccountId;
export const timing = timingOf({ NATS_URL: '', PRESENCE_WINDOW_SECONDS: 90, PRESENCE_GRACE_SECONDS: 10 });

export const ready = { hasLease: true, isUp: true };

/** Presence that has begun, with agents of whom the log says what is given; all have chosen to be online. */
export const given = (
  statuses: Readonly<Record<number, 'online' | 'busy' | 'offline'>> = { 1: 'offline' },
  state = ready,
) => {
  let now = 0;
  let position = 0;
  let { hasLease, isUp } = state;
  const sent: EphemeralDelivery[] = [];
  const recorded: StatusChange[] = [];
  const presence = createPresence(timing, {
    now: () => now,
    isUp: () => isUp,
    holdsLease: () => hasLease,
    send: (delivery) => sent.push(delivery),
    record: (change) => recorded.push(change),
  });
  const apply = (type: string, data: object): void =>
    presence.apply({ type, data, accountId, position: positionOf(++position) } as LogEntry);

  for (const [id, availability] of Object.entries(statuses)) {
    apply('agent.added', { user_id: Number(id), role: 'agent', availability: 'online', auto_offline: true });
    apply('agent.availability_changed', { user_id: Number(id), availability });
  }
  presence.begin();
  presence.tick();

  const toldTo = ({ lane, audience }: EphemeralDelivery): string =>
    audience?.kind === 'only' ? `user ${audience.users.join()}` : lane;

  return {
    presence,
    apply,
    hear: (beat: Beat) => presence.hear(accountId, beat),
    /** Lets time pass, a tick every 250 ms and, if given, a digest every five seconds. */
    after: (ms: number, { digests = null as Beat | null } = {}) => {
      for (const end = now + ms; now < end;) {
        now = Math.min(end, now + 250);
        if (digests !== null && now % 5_000 === 0) presence.hear(accountId, digests);
        presence.tick();
      }
    },
    /** Lets time pass without a tick. */
    freeze: (ms: number) => void (now += ms),
    set: (next: Partial<typeof ready>) => void ({ hasLease, isUp } = { hasLease, isUp, ...next }),
    /** What was sent since this was last asked: to whom, and the users and contacts in it. */
    told: () =>
      sent.splice(0).map((delivery): readonly unknown[] => {
        const { data } = JSON.parse(Buffer.from(delivery.payload).toString()) as { data: Record<string, object> };
        const contacts = data['contacts'] === undefined ? [] : [Object.keys(data['contacts'])];
        return [toldTo(delivery), data['users'], ...contacts];
      }),
    recorded: () => recorded.splice(0).map(({ userId, status, agent }) => [userId, status, agent.position] as const),
  };
};

/** The users of a snapshot. */
export const online = (...ids: readonly number[]) => Object.fromEntries(ids.map((id) => [String(id), 'online']));
