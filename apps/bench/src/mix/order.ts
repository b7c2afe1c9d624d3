/**
 * In which order the events of the mix come (pure; the yardsticks follow it, too).
 *
 * The demo's story of three customers is played over and over in a few accounts, many times at once: a slot plays one round of the
 * story after the other, and all slots take turns event by event, each at another place of the story.
 */

/** One event of the mix: which event of the story it is, and in which round of which account. */
export type Step = {
  readonly account: number;
  /** Counts the rounds of the account. */
  readonly round: number;
  /** Counts all rounds. */
  readonly serial: number;
  /** Counts the story's events: below `setUp` those that make the account, then the customers'. */
  readonly step: number;
};

export type Shape = {
  /** How many events of the story make the account. */
  readonly setUp: number;
  /** How many are the customers'. */
  readonly round: number;
};

export const ACCOUNTS = 20;
/** How many rounds are played at once; each has three conversations. */
const SLOTS = 64;

/** The first so many events, always the same. */
export function* orderOf(count: number, shape: Shape): Generator<Step> {
  let left = count;
  for (let account = 1; account <= ACCOUNTS; account++)
    for (let step = 0; step < shape.setUp; step++) if (left-- > 0) yield { account, round: 0, serial: 0, step };
  const slots = Array.from({ length: SLOTS }, (_, slot) => ({
    serial: -1,
    at: shape.round,
    waits: Math.floor((slot * shape.round) / SLOTS),
  }));
  for (let serial = 0; left > 0;)
    for (const slot of slots) {
      if (slot.waits-- > 0) continue;
      if (slot.at === shape.round) Object.assign(slot, { serial: serial++, at: 0 });
      if (left-- <= 0) return;
      const place = { account: (slot.serial % ACCOUNTS) + 1, round: Math.floor(slot.serial / ACCOUNTS) };
      yield { ...place, serial: slot.serial, step: shape.setUp + slot.at++ };
    }
}

/** By how much the ids of one round differ from those of the one before. */
export const IDS_APART = 100;
/** By how much the times of one round differ from those of the one before, in milliseconds. */
export const MS_APART = 1_000;

/** What is unique to a session in the story is so in each round, too, and as long. */
export const uniqueIn = (serial: number, text: string): string =>
  `${serial.toString(16).padStart(8, '0')}${text.slice(8)}`;
