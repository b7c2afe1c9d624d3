/**
 * What was used lately, by account and id (pure): at least the last `limit` that were asked for or set, at most twice as many.
 *
 * Two generations: when the young one is full it becomes the old one, and what is still used moves over.
 */
export type Recent<T> = {
  readonly get: (account: number, id: number) => T | undefined;
  readonly set: (account: number, id: number, value: T) => void;
  readonly delete: (account: number, id: number) => void;
  readonly clear: () => void;
};

type Generation<T> = Map<number, Map<number, T>>;

/** `onForget` is called before a generation is forgotten. */
export const recent = <T>(limit: number, onForget: () => void = () => undefined): Recent<T> => {
  let young: Generation<T> = new Map();
  let old: Generation<T> = new Map();
  let size = 0;

  const set = (account: number, id: number, value: T): void => {
    let ofAccount = young.get(account);
    if (ofAccount === undefined) young.set(account, (ofAccount = new Map()));
    const before = ofAccount.size;
    ofAccount.set(id, value);
    size += ofAccount.size - before;
    if (size <= limit) return;
    onForget();
    [old, young, size] = [young, new Map(), 0];
  };

  return {
    get: (account, id) => {
      const found = young.get(account)?.get(id);
      if (found !== undefined) return found;
      const older = old.get(account)?.get(id);
      if (older !== undefined) set(account, id, older);
      return older;
    },
    set,
    delete: (account, id) => {
      if (young.get(account)?.delete(id)) size--;
      old.get(account)?.delete(id);
    },
    clear: () => {
      [old, young, size] = [new Map(), new Map(), 0];
    },
  };
};
