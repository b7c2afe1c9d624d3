/** Reading the log on JetStream up to where it goes: begins anew behind the last entry when messages were lost on the way. */
import type { Position } from '@cablehub/events';
import type { NatsLink } from './connection.ts';
import { unreadable } from './stream-reader.ts';
import { pullEntries, type PulledEntries, type PullOptions } from './pulled-entries.ts';

/** As many entries are made of messages at a time. */
const MOST_AT_ONCE = 256;

/** The entries that there are at the time of the call, in order. Faults: `nats_unavailable`, `log_unreadable`. */
export async function* readStored<Entry extends { readonly position: Position }>(
  link: NatsLink,
  options: PullOptions<Entry>,
): AsyncGenerator<Entry> {
  let position = options.after;
  let left: number | null = null;
  while (left !== 0) {
    const began = position;
    const reading = await pullEntries(link, { ...options, after: position });
    left ??= reading.waiting;
    try {
      for await (const entry of some(reading, left)) {
        left--;
        position = entry.position;
        yield entry;
      }
    } catch (error) {
      // Without an entry since, it would be lost in the same place again.
      if (position === began || !link.isUp()) throw unreadable(error);
    } finally {
      reading.close();
    }
  }
}

async function* some<Entry>(reading: PulledEntries<Entry>, count: number): AsyncGenerator<Entry> {
  for (let left = count; left > 0;) {
    const entries = await reading.next(Math.min(left, MOST_AT_ONCE));
    left -= entries.length;
    yield* entries;
  }
}
