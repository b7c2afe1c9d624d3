/** When each connection is pinged: all every three seconds, spread over slots so that they never come as one burst. */
import { ping } from '@cablehub/cable';

/** Whoever is pinged keeps for the pings which slot it is in: there are many, and a map of them all costs more. */
export type Pinged = { slot: number };

export interface Pings<Member extends Pinged> {
  add(member: Member): void;
  remove(member: Member): void;
  stop(): void;
}

export type PingsOptions<Member extends Pinged> = {
  /** Called when it is a member's turn. The time in `ping` grows from one turn of a member to the next. */
  readonly turn: (member: Member, ping: string) => void;
  /** How often each has its turn, in ms. Default 3000: the stock clients give a link up after six seconds. */
  readonly intervalMs?: number;
};

const SLOTS = 30;

export const startPings = <Member extends Pinged>({
  turn,
  intervalMs = 3_000,
}: PingsOptions<Member>): Pings<Member> => {
  const slots = Array.from({ length: SLOTS }, () => ({ members: new Set<Member>(), pingedAt: 0 }));
  const slotMs = intervalMs / SLOTS;
  const startedAt = performance.now();
  let taken = 0;
  let next = 0;

  const timer = setInterval(() => {
    // By the clock, not by the number of ticks: a timer that comes late must not stretch the interval.
    const due = Math.floor((performance.now() - startedAt) / slotMs);
    for (taken = Math.max(taken, due - SLOTS); taken < due; taken++) {
      const slot = slots[taken % SLOTS]!;
      slot.pingedAt = Math.max(Math.floor(Date.now() / 1_000), slot.pingedAt + 1);
      const frame = ping(slot.pingedAt);
      for (const member of slot.members) turn(member, frame);
    }
  }, slotMs);

  return {
    add: (member) => {
      member.slot = next++ % SLOTS;
      slots[member.slot]?.members.add(member);
    },
    remove: (member) => void slots[member.slot]?.members.delete(member),
    stop: () => clearInterval(timer),
  };
};
