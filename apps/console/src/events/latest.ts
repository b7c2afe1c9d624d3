import { shallowRef, watch, type ShallowRef } from 'vue';
import { asProblem, type HubProblem } from '../api/problem.ts';

export type Latest<Answer> = {
  /** The newest answer; null before the first. It stays while the next is on its way. */
  readonly answer: ShallowRef<Answer | null>;
  /** Why there is no newer one. */
  readonly problem: ShallowRef<HubProblem | null>;
  readonly load: () => Promise<void>;
};

/**
 * Asks again and again, and keeps the answer to the last question: one that comes late to an earlier one is dropped. What could
 * not be answered is asked again when `isBack` becomes true.
 */
export const useLatest = <Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  isBack: () => boolean = () => true,
): Latest<Answer> => {
  const answer = shallowRef<Answer | null>(null);
  const problem = shallowRef<HubProblem | null>(null);
  let last = new AbortController();
  const load = async (): Promise<void> => {
    last.abort();
    last = new AbortController();
    const { signal } = last;
    problem.value = null;
    try {
      const found = await ask(signal);
      if (!signal.aborted) answer.value = found;
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error);
    }
  };
  watch(isBack, (isNow) => {
    if (isNow && problem.value !== null) void load();
  });
  return { answer, problem, load };
};
