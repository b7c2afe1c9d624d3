/**
 * The ledger: what was promised, held against what was received (pure).
 *
 * An event counts as promised from its first 2xx. One that was posted but never acknowledged may be received or not, but
 * only by those it is meant for.
 */

export type Client = {
  readonly name: string;
  /** Speaks the extended protocol, so everything must come exactly once. Others may hear something again. */
  readonly isExt: boolean;
};

export type Entry = {
  readonly number: number;
  /** The event's id. */
  readonly id: string;
  /** The names of the clients it is meant for. */
  readonly audience: ReadonlySet<string>;
  /** Every position with which it was acknowledged; none: not acknowledged. */
  readonly positions: ReadonlySet<number>;
  /** A fault has put a second copy of it into the log, or tried to. */
  readonly isCopied: boolean;
};

/** A durable frame: the number of its event, and when it came (ms). */
export type Receipt = { readonly number: number; readonly at: number };

export type Ledger = {
  readonly clients: readonly Client[];
  readonly entries: ReadonlyMap<number, Entry>;
  /** By the name of the client, in the order received. */
  readonly receipts: ReadonlyMap<string, readonly Receipt[]>;
  /** The log, read at the end: positions by event id. */
  readonly log: ReadonlyMap<string, readonly number[]>;
};

export const violationKinds = [
  'not in the log',
  'twice in the log',
  'lost',
  'duplicated',
  'out of order',
  'wrong audience',
] as const;
export type ViolationKind = (typeof violationKinds)[number];

export type Violation = {
  readonly kind: ViolationKind;
  readonly number: number;
  /** Null when it is about the log alone. */
  readonly client: string | null;
  /** When the frame came; null when none did. */
  readonly at: number | null;
};

/** Everything that breaks the promise. Empty: it was kept. */
export const violationsOf = (ledger: Ledger): readonly Violation[] => [
  ...inTheLog(ledger),
  ...ledger.clients.flatMap((client) => heardBy(ledger, client)),
];

/** What is promised to a client and has not come. */
export const lostTo = (
  { entries, receipts }: Pick<Ledger, 'entries' | 'receipts'>,
  client: string,
): readonly Entry[] => {
  const heard = new Set(receipts.get(client)?.map(({ number }) => number));
  return [...entries.values()].filter(
    ({ number, audience, positions }) => positions.size > 0 && audience.has(client) && !heard.has(number),
  );
};

/** How many receipts were of something the client had: allowed on the base protocol. */
export const repeatsOf = ({ receipts }: Pick<Ledger, 'receipts'>, { name }: Client): number => {
  const all = receiptsOf(receipts, name);
  return all.length - new Set(all.map(({ number }) => number)).size;
};

const inTheLog = ({ entries, log }: Ledger): readonly Violation[] =>
  [...entries.values()].flatMap(({ number, id, positions, isCopied }) => {
    const kept = log.get(id) ?? [];
    const about = { number, client: null, at: null };
    const isMissing = [...positions].some((position) => !kept.includes(position));
    return [
      ...(isMissing ? [{ ...about, kind: 'not in the log' as const }] : []),
      ...(kept.length > 1 && !isCopied ? [{ ...about, kind: 'twice in the log' as const }] : []),
    ];
  });

const heardBy = (ledger: Ledger, client: Client): readonly Violation[] => {
  const { name } = client;
  const lost = lostTo(ledger, name).map(({ number }) => ({ kind: 'lost' as const, number, client: name, at: null }));
  return [...lost, ...wronglyHeardBy(ledger, client)];
};

const wronglyHeardBy = ({ entries, receipts, log }: Ledger, { name, isExt }: Client): readonly Violation[] => {
  const violations: Violation[] = [];
  const seen = new Set<number>();
  let furthest = 0;
  for (const { number, at } of receiptsOf(receipts, name)) {
    const entry = entries.get(number);
    const add = (kind: ViolationKind): void => void violations.push({ kind, number, client: name, at });
    if (seen.has(number)) {
      if (isExt) add('duplicated');
      continue;
    }
    seen.add(number);
    if (!entry?.audience.has(name)) add('wrong audience');
    const position = entry && log.get(entry.id)?.[0];
    if (position === undefined) continue; // it has no place: another violation
    if (position < furthest) add('out of order');
    furthest = Math.max(furthest, position);
  }
  return violations;
};

const receiptsOf = (receipts: Ledger['receipts'], client: string): readonly Receipt[] => receipts.get(client) ?? [];
