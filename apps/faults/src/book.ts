/** The ledger while it is being written: by the appender what was posted and acknowledged, by the clients what they heard. */
import type { Client, Entry, Receipt } from './ledger.ts';

export type Book = {
  readonly clients: readonly Client[];
  readonly entries: ReadonlyMap<number, Entry>;
  readonly receipts: ReadonlyMap<string, readonly Receipt[]>;
  /** When each event was first acknowledged (ms). */
  readonly acknowledgedAt: ReadonlyMap<number, number>;
  readonly offer: (entry: Omit<Entry, 'positions' | 'isCopied'>) => void;
  readonly acknowledge: (number: number, position: number) => void;
  /** A fault is about to put a second copy of it into the log. */
  readonly copied: (number: number) => void;
  readonly receive: (client: string, number: number) => void;
};

export const createBook = (clients: readonly Client[]): Book => {
  const entries = new Map<number, Entry & { readonly positions: Set<number>; isCopied: boolean }>();
  const receipts = new Map<string, Receipt[]>(clients.map(({ name }) => [name, []]));
  const acknowledgedAt = new Map<number, number>();
  return {
    clients,
    entries,
    receipts,
    acknowledgedAt,
    offer: (entry) => void entries.set(entry.number, { ...entry, positions: new Set(), isCopied: false }),
    acknowledge: (number, position) => {
      entries.get(number)?.positions.add(position);
      if (!acknowledgedAt.has(number)) acknowledgedAt.set(number, Date.now());
    },
    copied: (number) => {
      const entry = entries.get(number);
      if (entry !== undefined) entry.isCopied = true;
    },
    receive: (client, number) => void receipts.get(client)?.push({ number, at: Date.now() }),
  };
};
