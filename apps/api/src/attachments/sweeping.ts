/** Sweeps the object store now and then, for as long as the api runs. Each replica does; what one removes the others do not find. */
import { setTimeout as pause } from 'node:timers/promises';
import { sweep, type SweepPorts } from './sweep.ts';

export type Sweeping = {
  readonly signal: AbortSignal;
  readonly onRemoved: (keys: readonly string[]) => void;
  readonly onFault: (fault: unknown) => void;
  /** Resolves when it is time for the next. Rejects when the signal ends it. Default: about six hours later. */
  readonly nextTime?: (signal: AbortSignal) => Promise<void>;
};

const EVERY_MS = 6 * 3_600_000;

/** Replicas that start together do not go on together. */
const byClock = (signal: AbortSignal): Promise<void> =>
  pause(EVERY_MS * (0.75 + Math.random() / 2), undefined, { signal, ref: false });

/** Resolves when the signal has ended it; never rejects. What cannot be done now is done the next time. */
export const keepSweeping = async (ports: SweepPorts, options: Sweeping): Promise<void> => {
  const { signal, onRemoved, onFault, nextTime = byClock } = options;
  let suspects: ReadonlySet<string> = new Set();
  for (;;) {
    const isTime = await nextTime(signal).then(
      () => true,
      () => false,
    );
    if (!isTime || signal.aborted) return;
    try {
      const swept = await sweep(ports, suspects);
      ({ suspects } = swept);
      if (swept.removed.length > 0) onRemoved(swept.removed);
    } catch (fault) {
      if (!signal.aborted) onFault(fault);
    }
  }
};
