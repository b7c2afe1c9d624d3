/** The timeline at work: pages as one scrolls, what is recorded meanwhile on top, and what was missed after a break. */
import { onBeforeUnmount, ref, shallowRef, watch } from 'vue';
import { asProblem, type HubProblem } from '../api/problem.ts';
import type { TimelineApi } from './timeline-api.ts';
import { everything, passes, withNewer, withOlder, type Entry, type TimelineFilter } from './timeline.ts';

const PAGE = 100;
/** What comes within this time is shown at once: a list that is drawn a thousand times a second shows nothing. */
const BATCH_MS = 100;

export type LiveTimeline = ReturnType<typeof useLiveTimeline>;

export const useLiveTimeline = (api: TimelineApi) => {
  const entries = shallowRef<readonly Entry[]>([]);
  const filter = ref<TimelineFilter>({ ...everything });
  const problem = shallowRef<HubProblem | null>(null);
  const isLoading = ref(true);
  const isLive = ref(false);
  const isPaused = ref(false);
  const atEnd = ref(false);
  let stop = new AbortController();
  let waiting: Entry[] = [];

  const flush = (): void => {
    if (isPaused.value || waiting.length === 0) return;
    entries.value = withNewer(entries.value, waiting);
    waiting = [];
  };
  const timer = setInterval(flush, BATCH_MS);

  const loadOlder = async (): Promise<void> => {
    const { signal } = stop;
    isLoading.value = true;
    problem.value = null;
    try {
      const before = entries.value.at(-1)?.position;
      const page = await api.page(
        { ...filter.value, ...(before === undefined ? {} : { before }), limit: PAGE },
        signal,
      );
      entries.value = withOlder(entries.value, page);
      atEnd.value = page.length < PAGE;
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error);
    } finally {
      if (!signal.aborted) isLoading.value = false;
    }
  };

  /** What was recorded since the newest that is shown, page by page. */
  const catchUp = async (): Promise<void> => {
    const { signal } = stop;
    try {
      for (let more = entries.value.length > 0; more && !signal.aborted;) {
        const after = entries.value[0]!.position;
        const page = await api.page({ ...filter.value, after, limit: PAGE }, signal);
        entries.value = withNewer(entries.value, page);
        more = page.length === PAGE;
      }
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error);
    }
  };

  const begin = async (): Promise<void> => {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    [entries.value, waiting, atEnd.value, isLive.value] = [[], [], false, false];
    await loadOlder();
    if (signal.aborted) return;
    await api.follow({
      filter: filter.value,
      signal,
      onOpen: () => {
        isLive.value = true;
        problem.value = null;
        void catchUp();
      },
      onEntry: (entry) => {
        if (passes(entry, filter.value)) waiting.push(entry);
      },
      onBreak: (broken) => {
        isLive.value = false;
        problem.value = broken;
      },
    });
  };
  watch(filter, () => void begin(), { deep: true });
  void begin();
  onBeforeUnmount(() => {
    clearInterval(timer);
    stop.abort();
  });

  return { entries, filter, problem, isLoading, isLive, isPaused, atEnd, loadOlder, begin };
};
