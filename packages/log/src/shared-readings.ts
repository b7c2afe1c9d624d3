/**
 * Readings of lanes, shared by those who ask at the same time.
 *
 * Whoever asks for a part of a lane that is being read takes it from that reading. Those who ask for more wait for it to end, and
 * then one reading is for all of them. So however many come back to a lane at once, it is read a few times.
 */
import type { HeardDelivery } from './delivery.ts';
import type { HistoryStart } from './history.ts';

/** From a start to the last offset wanted. */
export type Part = { readonly start: HistoryStart; readonly upTo: number };

/** A delivery that was read, and when it was stored (Unix ms). */
export type ReadDelivery = { readonly delivery: HeardDelivery; readonly offset: number; readonly at: number };

/** All of a part up to an offset, in order: that of the part, or the last one when it is more than is read at once. */
export type Reading = { readonly deliveries: readonly ReadDelivery[]; readonly upTo: number };

export type SharedReadingsOptions = {
  /** Reads a part of the lane that is stored under a subject. */
  readonly read: (subject: string, part: Part) => Promise<Reading>;
  /** How many may be under way, of all lanes. */
  readonly atOnce: number;
};

type Waiter = {
  readonly part: Part;
  /** What was read for all who waited ended before that. */
  readonly isAlone: boolean;
  readonly resolve: (reading: Reading) => void;
  readonly reject: (cause: unknown) => void;
};
type Line = {
  readonly subject: string;
  /** What is being read, and for whom; null: nothing. */
  current: { readonly part: Part; readonly waiters: Waiter[] } | null;
  waiting: Waiter[];
};

/** Gives the part asked for, or the beginning of it. Rejects with what the reading met. */
export const createSharedReadings = ({ read, atOnce }: SharedReadingsOptions) => {
  const lines = new Map<string, Line>();
  const due = new Set<Line>();
  let underWay = 0;

  const ask = (subject: string, part: Part): Promise<Reading> =>
    new Promise((resolve, reject) => enter(subject, { part, isAlone: false, resolve, reject }));

  const enter = (subject: string, waiter: Waiter): void => {
    // A place and a time cannot be compared.
    const key = `${subject} ${'after' in waiter.part.start ? 'after' : 'since'}`;
    const line = lines.get(key) ?? { subject, current: null, waiting: [] };
    lines.set(key, line);
    if (line.current !== null && covers(line.current.part, waiter.part)) return void line.current.waiters.push(waiter);
    line.waiting.push(waiter);
    if (line.current === null) due.add(line);
    begin();
  };

  const begin = (): void => {
    for (const line of due) {
      if (underWay === atOnce) return;
      due.delete(line);
      const waiters = next(line);
      line.current = { part: unionOf(waiters.map(({ part }) => part)), waiters };
      underWay++;
      void readFor(line, line.current);
    }
  };

  const readFor = async (line: Line, { part, waiters }: NonNullable<Line['current']>): Promise<void> => {
    const answer = await read(line.subject, part).then(
      (reading) => (waiter: Waiter) => settle(line.subject, waiter, reading),
      (cause: unknown) => (waiter: Waiter) => waiter.reject(cause),
    );
    underWay--;
    line.current = null;
    for (const waiter of waiters) answer(waiter);
    if (line.waiting.length > 0) due.add(line);
    else if (line.current === null) forget(line);
    begin();
  };

  const settle = (subject: string, waiter: Waiter, reading: Reading): void => {
    const upTo = Math.min(waiter.part.upTo, reading.upTo);
    const deliveries = partOf(reading.deliveries, { ...waiter.part, upTo });
    // Whoever is further on than what was read at once for all of them has nothing of it.
    if (deliveries.length === 0 && upTo < waiter.part.upTo) enter(subject, { ...waiter, isAlone: true });
    else waiter.resolve({ deliveries, upTo });
  };

  const forget = (line: Line): void => {
    for (const kind of ['after', 'since']) {
      const key = `${line.subject} ${kind}`;
      if (lines.get(key) === line) lines.delete(key);
    }
  };

  return ask;
};

/** Takes those who are read for next off the line: one who is alone, or all who are not. */
const next = (line: Line): Waiter[] => {
  const [first, ...others] = line.waiting;
  const isWith = ({ isAlone }: Waiter): boolean => !isAlone && !first!.isAlone;
  line.waiting = others.filter((one) => !isWith(one));
  return [first!, ...others.filter(isWith)];
};

const placeOf = ({ start }: Part): number => ('after' in start ? start.after : start.since);

const covers = (one: Part, other: Part): boolean => placeOf(one) <= placeOf(other) && one.upTo >= other.upTo;

const unionOf = (parts: readonly Part[]): Part => {
  const [first, ...others] = parts;
  let { start, upTo } = first!;
  for (const part of others) {
    if (placeOf(part) < placeOf({ start, upTo })) start = part.start;
    upTo = Math.max(upTo, part.upTo);
  }
  return { start, upTo };
};

/** Of what was read, what lies within a part. */
export const partOf = (reading: readonly ReadDelivery[], { start, upTo }: Part): readonly ReadDelivery[] => {
  const isBefore = ({ offset, at }: ReadDelivery): boolean =>
    'after' in start ? offset <= start.after : at < start.since;
  const from = firstNot(reading, isBefore);
  const until = firstNot(reading, ({ offset }) => offset <= upTo);
  return reading.slice(from, Math.max(from, until));
};

/** The index of the first that a condition does not hold for, where it holds for all before and none behind. */
const firstNot = (reading: readonly ReadDelivery[], holds: (one: ReadDelivery) => boolean): number => {
  let [low, high] = [0, reading.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(reading[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
};
