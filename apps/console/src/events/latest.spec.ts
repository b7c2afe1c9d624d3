import { describe, expect, it } from 'vitest';
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
});
