/** The hub's own measurements, asked for again and again while the page is there. */
import { onBeforeUnmount, shallowRef } from 'vue';
import type { Call } from '../api/http.ts';
import { asProblem, type HubProblem } from '../api/problem.ts';
import { added, type HealthPoint } from './series.ts';

const POLL_MS = 2_000;

export const useLiveHealth = (call: Call) => {
  const points = shallowRef<readonly HealthPoint[]>([]);
  const problem = shallowRef<HubProblem | null>(null);
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const poll = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      const after = points.value.at(-1)?.at;
      const fetched = await call<readonly HealthPoint[]>('/v1/health/series', {
        query: { after },
        signal: stop.signal,
      });
      if (fetched.length > 0) points.value = added(points.value, fetched);
      problem.value = null;
    } catch (error) {
      if (!stop.signal.aborted) problem.value = asProblem(error);
    }
    if (!stop.signal.aborted) timer = setTimeout(() => void poll(), POLL_MS);
  };
  void poll();
  onBeforeUnmount(() => {
    stop.abort();
    clearTimeout(timer);
  });
  return { points, problem, poll };
};
