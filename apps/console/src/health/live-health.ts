/** The hub's own measurements and its replays, asked for again and again while the page is there. */
import { onBeforeUnmount, shallowRef } from 'vue';
import type { Call } from '../api/http.ts';
import { asProblem, type HubProblem } from '../api/problem.ts';
import type { Replay } from './replays.ts';
import { added, type HealthPoint } from './series.ts';

const POLL_MS = 2_000;
/** A bar that moves is looked at more often. */
const REPLAY_POLL_MS = 500;

export const useLiveHealth = (call: Call) => {
  const points = shallowRef<readonly HealthPoint[]>([]);
  const replays = shallowRef<readonly Replay[] | null>(null);
  const problem = shallowRef<HubProblem | null>(null);
  const stop = new AbortController();
  const { signal } = stop;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const poll = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      const query = { after: points.value.at(-1)?.at };
      const [fetched, heard] = await Promise.all([
        call<readonly HealthPoint[]>('/v1/health/series', { query, signal }),
        call<readonly Replay[]>('/v1/health/replays', { signal }),
      ]);
      if (fetched.length > 0) points.value = added(points.value, fetched);
      replays.value = heard;
      problem.value = null;
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error);
    }
    const isMoving = replays.value?.some(({ state }) => state === 'running') ?? false;
    if (!signal.aborted) timer = setTimeout(() => void poll(), isMoving ? REPLAY_POLL_MS : POLL_MS);
  };
  void poll();
  onBeforeUnmount(() => {
    stop.abort();
    clearTimeout(timer);
  });
  return { points, replays, problem, poll };
};
