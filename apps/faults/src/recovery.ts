/** How long a client heard nothing because of a fault (pure). */

/** A silence that begins longer than this before or after a fault is not its doing. */
const EFFECT_MS = 1_000;

/**
 * From the fault to the end of the longest silence that begins about then, in ms; 0 when there is none. `times` are
 * ascending. Faults that follow one another closely share a silence.
 */
export const recoveryAfter = (faultAt: number, times: readonly number[]): number => {
  let longest = 0;
  let recovery = 0;
  for (let index = 1; index < times.length; index++) {
    const [from, until] = [times[index - 1]!, times[index]!];
    if (until < faultAt || from < faultAt - EFFECT_MS) continue;
    if (from > faultAt + EFFECT_MS) break;
    if (until - from <= longest) continue;
    longest = until - from;
    recovery = until - faultAt;
  }
  return recovery;
};
