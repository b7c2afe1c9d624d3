/** When which client is cut (pure): at moments that look like chance, and the same in every run. */

/** A client is cut right after the event with this number. */
export type Cut = { readonly client: number; readonly after: number };

/** Events go on behind the last cut, so that what a client misses is seen. */
const LAST_CUT = 0.7;

export const cutsOf = ({
  clients,
  cuts,
  events,
}: Readonly<Record<'clients' | 'cuts' | 'events', number>>): readonly Cut[] => {
  const latest = Math.floor(events * LAST_CUT);
  // A linear congruential generator: Math.random cannot be told where to begin.
  let state = 20_250_101;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + Math.floor((state / 2 ** 32) * latest);
  };
  return Array.from({ length: clients * cuts }, (_, index) => ({ client: index % clients, after: next() }));
};
