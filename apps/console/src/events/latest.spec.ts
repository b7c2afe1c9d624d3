import { describe, expect, it, vi } from 'vitest';
import { nextTick, ref } from 'vue';
import { useLatest } from './latest.ts';

describe('the latest answer', () => {
  it('is that to the last question, however late an earlier one is answered', async () => {
    const answers: ((text: string) => void)[] = [];
    const { answer, load } = useLatest(() => new Promise<string>((resolve) => answers.push(resolve)));
    const both = [load(), load()];
    answers[1]!('second');
    answers[0]!('first');
    await Promise.all(both);
    expect(answer.value).toBe('second');
  });

  it('stays when the next question fails, and the problem is told until there is an answer again', async () => {
    const outcomes = [() => 'well', () => Promise.reject(new Error('away')), () => 'again'];
    const { answer, problem, load } = useLatest(async () => outcomes.shift()!());
    await load();
    await load();
    expect(answer.value).toBe('well');
    expect(problem.value).not.toBeNull();
    await load();
    expect([answer.value, problem.value]).toEqual(['again', null]);
  });

  it('is asked for again when the hub is back, if it could not be had', async () => {
    const isBack = ref(false);
    const ask = vi.fn(() => (isBack.value ? Promise.resolve('here') : Promise.reject(new Error('away'))));
    const { answer, load } = useLatest(ask, () => isBack.value);
    await load();
    isBack.value = true;
    await vi.waitFor(() => expect(answer.value).toBe('here'), 4_000);
    isBack.value = false;
    await nextTick();
    isBack.value = true;
    await nextTick();
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
